//! Asking a NetBox for what an inventory is made of, page by page.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Url, redirect};
use serde_json::Value;

use crate::inventory::NETBOX_ENDPOINTS;

/// Objects asked for at once; NetBox gives at most 1000 unless it is set otherwise.
const PAGE_OBJECTS: usize = 500;
/// Largest page accepted, in bytes: 500 devices with all their fields are about 2 MB.
const MAX_PAGE_BYTES: usize = 64 * 1024 * 1024;
/// Most pages of one endpoint: a million objects.
const MAX_PAGES: usize = 2_000;
/// How long a server may take to answer the connection.
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);
/// How long a page may take as a whole: NetBox computes large ones slowly.
const PAGE_DEADLINE: Duration = Duration::from_mins(2);

/// Why NetBox could not be read.
#[derive(Debug, thiserror::Error)]
pub enum NetBoxError {
    /// No address of a web server.
    #[error("`{0}` is no address of a NetBox")]
    Address(String),
    /// A token that would go over the network in clear.
    #[error("a token is not sent in clear to `{0}`")]
    Clear(String),
    /// A token that cannot stand in a header.
    #[error("the token of NetBox holds what no token does")]
    Token,
    /// No answer.
    #[error("cannot read `{url}`")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// What the client said.
        #[source]
        source: reqwest::Error,
    },
    /// Another answer than a page.
    #[error("`{url}` answered {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// With its reason.
        status: String,
    },
    /// An answer that is no page of objects.
    #[error("`{url}` answered no page of objects: {why}")]
    NoPage {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        why: String,
    },
}

impl NetBoxError {
    /// What the user can do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Address(_) => "write it like `https://netbox.example`, without a user or password",
            Self::Clear(_) => "use https; only to this machine itself may it be http",
            Self::Token => "it is one line of letters and digits",
            Self::Unreachable { .. } => "files will do as well: save the pages of the API and name them instead",
            Self::Status { status, .. } if status.starts_with("401") || status.starts_with("403") => {
                "give a token that may read it: --token-file FILE, or NETBOX_TOKEN"
            }
            Self::Status { .. } | Self::NoPage { .. } => "give the address that NetBox's own pages begin with",
        }
    }
}

/// Everything that an inventory is made of, as pages.
///
/// # Errors
/// [`NetBoxError`]; nothing is given when a page is missing.
pub(super) fn pages(address: &str, token: Option<&str>) -> Result<Vec<Value>, NetBoxError> {
    let base = base(address, token)?;
    // reqwest is built without a provider of its own; another one installed before is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let unreachable = |source| NetBoxError::Unreachable { url: base.to_string(), source };
    let mut headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
    headers.extend(token.map(authorization).transpose()?.map(|value| (AUTHORIZATION, value)));
    let client = Client::builder()
        .default_headers(headers)
        // A redirect could take the token elsewhere.
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_DEADLINE)
        .timeout(PAGE_DEADLINE)
        .build()
        .map_err(unreachable)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| NetBoxError::NoPage { url: base.to_string(), why: error.to_string() })?;
    runtime.block_on(async {
        let mut pages = Vec::new();
        for endpoint in NETBOX_ENDPOINTS {
            read_endpoint(&client, &base, endpoint, &mut pages).await?;
        }
        Ok(pages)
    })
}

/// The address with a slash at its end; one that would give a secret away is refused.
fn base(address: &str, token: Option<&str>) -> Result<Url, NetBoxError> {
    let wrong = || NetBoxError::Address(address.to_owned());
    let url = Url::parse(address).map_err(|_| wrong())?;
    let host = url.host_str().ok_or_else(wrong)?;
    // What stands before an `@` is a secret, and is not repeated.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(NetBoxError::Address(format!("{}://…@{host}", url.scheme())));
    }
    let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    match url.scheme() {
        "https" => {}
        "http" if token.is_none() || is_here => {}
        "http" => return Err(NetBoxError::Clear(host.to_owned())),
        _ => return Err(wrong()),
    }
    let path = url.path().trim_end_matches('/').trim_end_matches("/api");
    let mut base = url.clone();
    base.set_path(&format!("{path}/"));
    base.set_query(None);
    base.set_fragment(None);
    Ok(base)
}

/// Tokens of NetBox 4.5 begin with `nbt_` and are bearer tokens; those before have a scheme of their own.
fn authorization(token: &str) -> Result<HeaderValue, NetBoxError> {
    let scheme = if token.starts_with("nbt_") { "Bearer" } else { "Token" };
    let mut value = HeaderValue::from_str(&format!("{scheme} {token}")).map_err(|_| NetBoxError::Token)?;
    value.set_sensitive(true);
    Ok(value)
}

/// The pages of one endpoint. Of `next` only the question is taken: behind a proxy NetBox may call itself by another
/// name, and a token goes nowhere but where the user said.
async fn read_endpoint(client: &Client, base: &Url, endpoint: &str, pages: &mut Vec<Value>) -> Result<(), NetBoxError> {
    let no_page = |url: &Url, why: &str| NetBoxError::NoPage { url: url.to_string(), why: why.to_owned() };
    let mut url = base.join(&format!("api/{endpoint}/")).map_err(|_| NetBoxError::Address(base.to_string()))?;
    url.set_query(Some(&format!("limit={PAGE_OBJECTS}&exclude=config_context")));
    let mut asked = BTreeSet::new();
    while asked.insert(url.query().map(str::to_owned)) {
        if asked.len() > MAX_PAGES {
            return Err(no_page(&url, &format!("there are more than {MAX_PAGES} pages")));
        }
        let page = read_page(client, &url).await?;
        if page.get("results").and_then(Value::as_array).is_none() {
            return Err(no_page(&url, "it has no `results`"));
        }
        let next = page.get("next").and_then(Value::as_str).map(Url::parse);
        pages.push(page);
        match next {
            None => return Ok(()),
            Some(Ok(next)) => url.set_query(next.query()),
            Some(Err(_)) => return Err(no_page(&url, "`next` is no address")),
        }
    }
    Err(no_page(&url, "`next` leads back to a page that was read"))
}

async fn read_page(client: &Client, url: &Url) -> Result<Value, NetBoxError> {
    let unreachable =
        |source: reqwest::Error| NetBoxError::Unreachable { url: url.to_string(), source: source.without_url() };
    let mut answer = client.get(url.clone()).send().await.map_err(unreachable)?;
    if !answer.status().is_success() {
        return Err(NetBoxError::Status { url: url.to_string(), status: answer.status().to_string() });
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_PAGE_BYTES {
            let why = format!("it is longer than {MAX_PAGE_BYTES} bytes");
            return Err(NetBoxError::NoPage { url: url.to_string(), why });
        }
    }
    let page = serde_json::from_slice(&bytes);
    page.map_err(|error| NetBoxError::NoPage { url: url.to_string(), why: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, token: Option<&str>, expected: Result<&str, &str>) {
        let got = base(address, token).map(String::from).map_err(|error| error.to_string());
        assert_eq!(got, expected.map(str::to_owned).map_err(str::to_owned));
    }

    #[test]
    fn an_address_gives_no_secret_away() {
        check("https://netbox.example", Some("t"), Ok("https://netbox.example/"));
        check("https://netbox.example/sub/api/", Some("t"), Ok("https://netbox.example/sub/"));
        check("http://127.0.0.1:8000", Some("t"), Ok("http://127.0.0.1:8000/"));
        check("http://netbox.example", None, Ok("http://netbox.example/"));
        check("http://netbox.example", Some("t"), Err("a token is not sent in clear to `netbox.example`"));
        check("https://ada:secret@netbox.example", None, Err("`https://…@netbox.example` is no address of a NetBox"));
        check("ftp://netbox.example", None, Err("`ftp://netbox.example` is no address of a NetBox"));
    }

    #[test]
    fn a_token_is_one_line() {
        assert_eq!(
            authorization("abc").map(|value| value.to_str().map(str::to_owned).ok()).ok(),
            Some(Some("Token abc".into()))
        );
        assert!(authorization("nbt_a.b").is_ok_and(|value| value == "Bearer nbt_a.b"));
        assert!(matches!(authorization("a\r\nHost: b"), Err(NetBoxError::Token)));
    }
}
