//! Makes the tables of what ships from the folders of `schedules/vendors`: a vendor is added by its files alone.

#![allow(clippy::print_stdout, reason = "a build script speaks to cargo")]

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let vendors = root.join("schedules/vendors");
    let (mut profiles, mut samples) = (String::new(), String::new());
    for folder in sorted(&vendors)?.iter().filter(|folder| folder.join("profile.toml").is_file()) {
        let vendor = name(folder);
        let profile = text(&folder.join("profile.toml"));
        let _ =
            writeln!(profiles, "({vendor:?}, \"schedules/vendors/{vendor}/profile.toml\", include_str!({profile:?})),");
        for mail in sorted(folder)?.iter().filter(|path| path.extension().is_some_and(|ending| ending == "eml")) {
            let (sample, beside) = (name(&mail.with_extension("")), text(&mail.with_extension("toml")));
            let mail = text(mail);
            let _ = writeln!(
                samples,
                "ShippedSample {{ vendor: {vendor:?}, name: {sample:?}, raw: include_bytes!({mail:?}), \
                 beside: include_str!({beside:?}) }},"
            );
        }
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("profiles.rs"), format!("&[{profiles}]"))?;
    fs::write(out.join("samples.rs"), format!("&[{samples}]"))?;
    println!("cargo::rerun-if-changed=schedules/embed.rs");
    println!("cargo::rerun-if-changed=schedules/vendors");
    Ok(())
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// A path as it is written in quotes.
fn text(path: &Path) -> String {
    path.display().to_string()
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
