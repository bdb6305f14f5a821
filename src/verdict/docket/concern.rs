//! Whom windows concern: a window is kept once for everything that hangs on what it names, however many assets that are.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use crate::inventory::{Inventory, Touched};
use crate::maintenance::Maintenance;
use crate::names::AssetId;
use crate::verdict::scope::{Named, Scope, scope};
use crate::window::Impact;

/// Pairs of an asset and a book at most, of twelve bytes each: what windows name beyond that is left to the judge, so that
/// a docket has its bound whatever stands on what. A hundred halls of a thousand assets, with some fifty things upstream of
/// each asset, have five million.
const MAX_LINKS: usize = 1 << 26;

/// A book that concerns an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    pub(super) asset: u32,
    pub(super) book: u32,
    /// What its windows mean for the asset.
    pub(super) expected: Impact,
}

/// Assets that the windows of a maintenance concern alike.
pub(super) struct Alike {
    /// Of each thing named the scope for one of them, and the book of the windows that name it; none where it does not
    /// concern them.
    pub(super) scopes: Vec<(Rc<Scope>, Option<u32>)>,
}

/// Whom what a maintenance names concerns.
pub(super) struct Concern {
    pub(super) alike: Vec<Alike>,
    /// Of each thing named the scope for whoever it does not concern.
    pub(super) others: Vec<Rc<Scope>>,
}

/// What was found of all that maintenances named so far.
#[derive(Default)]
pub(super) struct Concerns {
    made: HashMap<Vec<Named>, Rc<Concern>>,
    pub(super) links: Vec<Link>,
    /// How many books there are.
    pub(super) books: u32,
}

impl Concerns {
    /// None yet, behind so many books of vendors.
    pub(super) fn after(vendors: usize) -> Self {
        Self { books: u32::try_from(vendors).expect("fewer vendors than fit into memory"), ..Self::default() }
    }

    /// Whom these concern; none when there are more links than a docket holds.
    pub(super) fn of(
        &mut self,
        named: &[Named],
        inventory: &Inventory,
        number: impl Fn(&AssetId) -> Option<u32>,
        nobody: &AssetId,
    ) -> Option<Rc<Concern>> {
        if let Some(made) = self.made.get(named) {
            return Some(Rc::clone(made));
        }
        let touched: Vec<Touched> = named.iter().map(|named| named.touched(inventory)).collect();
        let touching = || named.iter().zip(&touched);
        let assets: BTreeSet<&AssetId> = touched.iter().flat_map(|touched| touched.assets.keys()).collect();
        if self.links.len() + assets.len() * named.len() > MAX_LINKS {
            return None;
        }
        let others: Vec<Rc<Scope>> =
            touching().map(|(named, touched)| Rc::new(scope(nobody, touched, named))).collect();
        let (mut alike, mut places) = (Vec::new(), HashMap::new());
        for (asset, number) in assets.into_iter().filter_map(|asset| Some((asset, number(asset)?))) {
            let scopes: Vec<Scope> = touching().map(|(named, touched)| scope(asset, touched, named)).collect();
            let concerned: Vec<Concerned> = scopes.iter().map(Concerned::by).collect();
            let impacts: Vec<Option<Impact>> = scopes.iter().map(expected).collect();
            let place = *places.entry(concerned).or_insert_with(|| {
                alike.push(self.alike(scopes, &others));
                alike.len() - 1
            });
            let of_books = alike[place].scopes.iter().zip(impacts);
            self.links.extend(
                of_books.filter_map(|((_, book), expected)| {
                    Some(Link { asset: number, book: (*book)?, expected: expected? })
                }),
            );
        }
        let made = Rc::new(Concern { alike, others });
        self.made.insert(named.to_vec(), Rc::clone(&made));
        Some(made)
    }

    fn alike(&mut self, scopes: Vec<Scope>, others: &[Rc<Scope>]) -> Alike {
        let with_book = |(scope, other): (Scope, &Rc<Scope>)| match scope {
            Scope::In { .. } => {
                self.books += 1;
                (Rc::new(scope), Some(self.books - 1))
            }
            Scope::Other | Scope::Unmatched { .. } => (Rc::clone(other), None),
        };
        Alike { scopes: scopes.into_iter().zip(others).map(with_book).collect() }
    }
}

/// What the windows of a maintenance name, by all that was ever known of it, each once.
pub(super) fn named(maintenance: &Maintenance) -> Vec<Named> {
    let vendor = &maintenance.identity.vendor;
    let moments = maintenance.moments();
    // Of what came in another order than the vendor's a moment may know steps that no later one does.
    let is_single = maintenance.revisions.len() == 1;
    let cuts = moments.iter().skip(1).map(|moment| moment.at).chain([chrono::DateTime::<chrono::Utc>::MAX_UTC]);
    let steps: Vec<_> = cuts.filter(|_| !is_single).flat_map(|before| maintenance.steps_before(before)).collect();
    let states = moments.iter().map(|moment| &moment.state).chain(steps.iter().map(|step| &step.state));
    let mut all: Vec<Named> = Vec::new();
    for (state, window) in states.flat_map(|state| state.windows.iter().map(move |window| (state, window))) {
        let named = Named::by(vendor, state, window);
        if !all.contains(&named) {
            all.push(named);
        }
    }
    all
}

/// What the parts of a window depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Concerned {
    No,
    /// With the vendor's word about what is named, if there is one.
    Yes(Option<Impact>),
}

impl Concerned {
    fn by(scope: &Scope) -> Self {
        match scope {
            Scope::In { stated, .. } => Self::Yes(*stated),
            Scope::Other | Scope::Unmatched { .. } => Self::No,
        }
    }
}

fn expected(scope: &Scope) -> Option<Impact> {
    match scope {
        Scope::In { expected, .. } => Some(*expected),
        Scope::Other | Scope::Unmatched { .. } => None,
    }
}
