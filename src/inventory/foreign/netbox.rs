//! NetBox (REST API of NetBox 3.3 and later) as an inventory file.
//!
//! What stands where, what is plugged into what, whose it is and whom to write to:
//!
//! | NetBox | here |
//! | --- | --- |
//! | site, rack, power panel, power feed, device, virtual machine, circuit | assets; a rack stands in its site, a device in its rack |
//! | provider | a vendor; its circuits are its assets |
//! | tenant with its contacts | a customer that uses what is assigned to it |
//! | power port → outlet or feed | a need: of one cord all of it, of several any one |
//! | what has outlets | carries what the feed behind its inlet does, as long as NetBox knows no rating of its own |
//! | a strip with several inlets | an asset for each inlet, which its outlets hang on |
//! | amperage × voltage of a feed | its capacity in watts, as NetBox counts its use; `max_utilization` is `max_share` |
//! | allocated draw of the power ports | the load; where none is allocated, the largest maximum draw |
//!
//! What a circuit is needed by is not told: two circuits of one router may stand in for each other or not.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::super::quantity::{Quantity, Unit};
use super::sketch::{Drawn, Sketch, Sketches, Sort};

/// What is asked of NetBox, in the order in which it is drawn up.
pub const NETBOX_ENDPOINTS: [&str; 14] = [
    "dcim/sites",
    "dcim/racks",
    "dcim/power-panels",
    "dcim/power-feeds",
    "dcim/devices",
    "dcim/power-outlets",
    "dcim/power-ports",
    "virtualization/virtual-machines",
    "circuits/providers",
    "circuits/circuits",
    "tenancy/tenants",
    "tenancy/contacts",
    "tenancy/contact-assignments",
    "tenancy/contact-roles",
];

/// Statuses in which a thing is not there, or not there yet.
const ABSENT: [&str; 7] =
    ["planned", "offline", "inventory", "decommissioning", "decommissioned", "deprovisioning", "provisioning"];

/// How many strips, switches and UPSes stand at most between a device and its feed.
const MAX_STRIPS: usize = 6;

/// The key of an object: what it is, by its endpoint, and its number.
type Key = (&'static str, u64);

/// Draws up an inventory file from answers of NetBox: pages with `results`, lists of objects, or single ones, in any
/// order. What an object is, its own `url` says.
#[must_use]
pub fn netbox(answers: &[Value]) -> Drawn {
    let mut survey = Survey::default();
    for answer in answers {
        survey.take(answer);
    }
    survey.name_all();
    survey.places();
    survey.power();
    survey.machines();
    survey.circuits();
    survey.customers();
    survey.sketches.drawn(&[
        "Drawn up from NetBox. Look it through, then run `inwindow apply` on this folder.".to_owned(),
        "NetBox does not say what needs a circuit, nor whose maintenance a power feed has: add `needs` and `vendor`."
            .to_owned(),
    ])
}

#[derive(Default)]
struct Survey {
    objects: BTreeMap<Key, Value>,
    /// The asset that an object became.
    assets: HashMap<Key, String>,
    /// The inlet that outlets hang on, where a device has several.
    inlets: HashMap<u64, String>,
    /// What those that have outlets, their inlets and feeds can carry.
    capacities: HashMap<String, String>,
    /// What each tenant's assets are.
    used: BTreeMap<u64, Vec<String>>,
    sketches: Sketches,
}

impl Survey {
    fn take(&mut self, answer: &Value) {
        let list = answer.as_array().or_else(|| answer.get("results")?.as_array());
        if let Some(list) = list {
            return list.iter().for_each(|object| self.take(object));
        }
        let url = answer.get("url").and_then(Value::as_str).unwrap_or_default();
        let number = answer.get("id").and_then(Value::as_u64);
        let path = url.rsplit_once("/api/").map_or("", |(_, path)| path);
        let endpoint = NETBOX_ENDPOINTS.into_iter().find(|known| path.strip_prefix(known).is_some_and(is_end));
        match (endpoint, number) {
            (Some(endpoint), Some(number)) => {
                self.objects.insert((endpoint, number), answer.clone());
            }
            (None, _) if !path.is_empty() => {
                self.sketches.leave_out(path, "it is nothing that an inventory is made of");
            }
            (Some(_) | None, _) => {
                let shown: String = answer.to_string().chars().take(60).collect();
                self.sketches.leave_out(shown, "it is no object of NetBox: `id` and `url` are missing");
            }
        }
    }

    fn all(&self, endpoint: &'static str) -> Vec<(Key, Value)> {
        self.objects.range((endpoint, 0)..=(endpoint, u64::MAX)).map(|(key, object)| (*key, object.clone())).collect()
    }

    /// Gives every object that becomes an asset its id: names as people know them, made unique by place or number.
    fn name_all(&mut self) {
        let mut taken = BTreeSet::new();
        let named = ["dcim/sites", "dcim/racks", "dcim/power-panels", "dcim/power-feeds", "dcim/devices"];
        for endpoint in named.into_iter().chain(["virtualization/virtual-machines", "circuits/circuits"]) {
            for (key, object) in self.all(endpoint) {
                if let Some(status) = word(&object, "status").filter(|status| ABSENT.contains(&status.as_str())) {
                    let what = format!("{endpoint} {}", text(&object, "display").unwrap_or_default());
                    self.sketches.leave_out(what, format!("its status is {status}"));
                    continue;
                }
                let name = self.name_of(endpoint, &object).unwrap_or_else(|| format!("{endpoint}/{}", key.1));
                let id = if taken.insert(name.clone()) { name } else { format!("{name} #{}", key.1) };
                taken.insert(id.clone());
                self.assets.insert(key, id);
            }
        }
    }

    fn name_of(&self, endpoint: &'static str, object: &Value) -> Option<String> {
        let name = text(object, "name");
        let in_site = |name: String| match inner(object, "site", "slug") {
            Some(site) => format!("{site}/{name}"),
            None => name,
        };
        match endpoint {
            "dcim/sites" => text(object, "slug").or(name),
            "dcim/racks" | "dcim/power-panels" => name.map(in_site),
            "dcim/power-feeds" => {
                let panel = number(object, "power_panel").and_then(|id| self.assets.get(&("dcim/power-panels", id)));
                let panel = panel.cloned().or_else(|| inner(object, "power_panel", "name"));
                Some(format!("{}/{}", panel?, name?))
            }
            "circuits/circuits" => text(object, "cid"),
            _ => name.or_else(|| text(object, "display")),
        }
    }

    fn asset(&self, endpoint: &'static str, object: &Value, key: &str) -> Option<String> {
        self.assets.get(&(endpoint, number(object, key)?)).cloned()
    }

    /// Draws an asset, and notes whose it is.
    fn put(&mut self, key: Key, object: &Value, sketch: Sketch) {
        let Some(id) = self.assets.get(&key).cloned() else { return };
        if let Some(tenant) = number(object, "tenant") {
            self.used.entry(tenant).or_default().push(id.clone());
        }
        self.sketches.put(Sort::Asset, &id, sketch);
    }

    fn places(&mut self) {
        for (endpoint, kind) in [("dcim/sites", "site"), ("dcim/racks", "rack"), ("dcim/power-panels", "panel")] {
            for (key, object) in self.all(endpoint) {
                let site = self.asset("dcim/sites", &object, "site");
                let name = text(&object, "name").filter(|name| self.assets.get(&key) != Some(name));
                let sketch = Sketch::default().text("kind", Some(kind)).text("name", name).text("site", site);
                self.put(key, &object, sketch);
            }
        }
    }

    fn power(&mut self) {
        for (key, feed) in self.all("dcim/power-feeds") {
            let panel = self.asset("dcim/power-panels", &feed, "power_panel");
            let share = feed.get("max_utilization").and_then(Value::as_u64).filter(|share| (1..=100).contains(share));
            let capacity = capacity(&feed);
            self.capacities.extend(self.assets.get(&key).cloned().zip(capacity.clone()));
            let share = share.filter(|_| capacity.is_some()).map(|share| format!("{}.{:02}", share / 100, share % 100));
            let sketch = Sketch::default()
                .text("kind", Some("feed"))
                .text("capacity", capacity)
                .text("max_share", share)
                .list("needs", panel);
            self.put(key, &feed, sketch);
        }
    }

    /// The power ports of each device, by its number.
    fn ports(&self) -> BTreeMap<u64, Vec<(u64, Value)>> {
        let mut ports: BTreeMap<u64, Vec<(u64, Value)>> = BTreeMap::new();
        for (key, port) in self.all("dcim/power-ports") {
            if let Some(device) = number(&port, "device") {
                ports.entry(device).or_default().push((key.1, port));
            }
        }
        ports
    }

    fn machines(&mut self) {
        let ports = self.ports();
        self.name_inlets(&ports);
        self.rate(&ports);
        let mut clusters: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for (key, device) in self.all("dcim/devices") {
            let Some(id) = self.assets.get(&key).cloned() else { continue };
            if let Some(cluster) = number(&device, "cluster") {
                clusters.entry(cluster).or_default().push(id.clone());
            }
            let site = self.asset("dcim/racks", &device, "rack").or_else(|| self.asset("dcim/sites", &device, "site"));
            let parent = self.asset("dcim/devices", &device, "parent_device");
            let kind = inner(&device, "role", "slug").or_else(|| inner(&device, "device_role", "slug"));
            let ports = ports.get(&key.1).map_or(&[][..], Vec::as_slice);
            let sketch = Sketch::default()
                .text("kind", Some(kind.unwrap_or_else(|| "device".into())))
                .text("site", site)
                .text("capacity", self.capacities.get(&id))
                .text("load", load(ports))
                .list("needs", parent);
            let sketch = self.plugged(&id, ports, sketch);
            self.put(key, &device, sketch);
        }
        for (key, machine) in self.all("virtualization/virtual-machines") {
            let host = self.asset("dcim/devices", &machine, "device");
            let hosts = number(&machine, "cluster").and_then(|cluster| clusters.get(&cluster));
            let mut sketch = Sketch::default().text("kind", Some("vm")).list("needs", host.clone());
            if let Some(hosts) = hosts.filter(|_| host.is_none()) {
                sketch.any.push((1, hosts.clone()));
            }
            self.put(key, &machine, sketch);
        }
    }

    /// A device whose outlets hang on different inlets fails in parts: each inlet is an asset of its own.
    fn name_inlets(&mut self, ports: &BTreeMap<u64, Vec<(u64, Value)>>) {
        let fed: BTreeSet<u64> =
            self.all("dcim/power-outlets").iter().filter_map(|(_, outlet)| number(outlet, "power_port")).collect();
        for (device, ports) in ports {
            let Some(id) = self.assets.get(&("dcim/devices", *device)) else { continue };
            let inlets: Vec<_> = ports.iter().filter(|(port, _)| fed.contains(port)).collect();
            if inlets.len() > 1 {
                let name = |port: &Value| format!("{id}/{}", text(port, "name").unwrap_or_default());
                self.inlets.extend(inlets.iter().map(|(number, port)| (*number, name(port))));
            }
        }
    }

    /// Gives what has outlets the capacity of what its first inlet is plugged into, feeds first: so a load finds its way
    /// up to them.
    fn rate(&mut self, ports: &BTreeMap<u64, Vec<(u64, Value)>>) {
        let feeding: BTreeSet<u64> =
            self.all("dcim/power-outlets").iter().filter_map(|(_, outlet)| number(outlet, "device")).collect();
        for _ in 0..MAX_STRIPS {
            // What has an inlet for each of several feeds carries the load of each there, and not as a whole.
            let has_inlets = |device: &u64| {
                ports.get(device).is_some_and(|ports| ports.iter().any(|(port, _)| self.inlets.contains_key(port)))
            };
            let whole: Vec<_> = feeding.iter().filter(|device| !has_inlets(device)).collect();
            for device in whole {
                let Some(id) = self.assets.get(&("dcim/devices", *device)) else { continue };
                let mut ends = ports.get(device).into_iter().flatten().filter_map(|(_, port)| self.far_end(port));
                let carried = ends.find_map(|end| self.capacities.get(&end)).cloned();
                if let Some(capacity) = carried {
                    self.capacities.entry(id.clone()).or_insert(capacity);
                }
            }
        }
    }

    /// What the power ports of a device are plugged into, as its needs; inlets with outlets of their own are drawn here.
    fn plugged(&mut self, id: &str, ports: &[(u64, Value)], mut sketch: Sketch) -> Sketch {
        let mut cords = Vec::new();
        for (port, object) in ports {
            let Some(end) = self.far_end(object) else {
                let name = text(object, "name").unwrap_or_default();
                self.sketches.leave_out(format!("power port `{name}` of `{id}`"), "it is plugged into nothing known");
                continue;
            };
            match self.inlets.get(port).cloned() {
                Some(inlet) => {
                    let inlet_of = Sketch::default().text("kind", Some("inlet"));
                    let inlet_of = inlet_of.text("capacity", self.capacities.get(&end));
                    self.sketches.put(Sort::Asset, &inlet, inlet_of.list("needs", [id.to_owned(), end]));
                }
                None => cords.push(end),
            }
        }
        match cords.len() {
            0 => sketch,
            1 => sketch.list("needs", cords),
            _ => {
                sketch.any.push((1, cords));
                sketch
            }
        }
    }

    /// The asset at the other end of a power port's cable: a feed, or the device or inlet whose outlet it is. The traced
    /// end is asked first, then the peer at the cable itself.
    fn far_end(&self, port: &Value) -> Option<String> {
        let ends = ["connected_endpoints", "link_peers"].into_iter();
        let mut ends = ends.filter_map(|key| port.get(key)?.as_array()?.first());
        ends.find_map(|end| {
            let url = end.get("url").and_then(Value::as_str)?;
            let id = end.get("id").and_then(Value::as_u64)?;
            if url.contains("/dcim/power-feeds/") {
                return self.assets.get(&("dcim/power-feeds", id)).cloned();
            }
            if !url.contains("/dcim/power-outlets/") {
                return None;
            }
            let outlet = self.objects.get(&("dcim/power-outlets", id));
            let inlet = outlet.and_then(|outlet| self.inlets.get(&number(outlet, "power_port")?)).cloned();
            inlet.or_else(|| self.asset("dcim/devices", outlet.unwrap_or(end), "device"))
        })
    }

    fn circuits(&mut self) {
        for (_, provider) in self.all("circuits/providers") {
            if let Some(slug) = text(&provider, "slug") {
                // NetBox knows no clock of a provider.
                let sketch = Sketch::default().text("name", text(&provider, "name")).text("zone", Some("UTC"));
                self.sketches.put(Sort::Vendor, &slug, sketch);
            }
        }
        for (key, circuit) in self.all("circuits/circuits") {
            let Some(id) = self.assets.get(&key).cloned() else { continue };
            let vendor = inner(&circuit, "provider", "slug");
            if let Some(vendor) = vendor.as_deref().filter(|vendor| !self.sketches.has(Sort::Vendor, vendor)) {
                let sketch = Sketch::default().text("name", inner(&circuit, "provider", "name"));
                self.sketches.put(Sort::Vendor, vendor, sketch.text("zone", Some("UTC")));
            }
            let rate = circuit.get("commit_rate").and_then(Value::as_u64).filter(|rate| *rate > 0);
            let sketch = Sketch::default()
                .text("kind", Some("circuit"))
                .text("vendor", vendor)
                .text("account", inner(&circuit, "provider_account", "account"))
                .text("capacity", rate.and_then(|kilobits| quantity(kilobits, 1000, Unit::BitPerSecond)))
                .list("aliases", text(&circuit, "cid").filter(|cid| *cid != id));
            self.put(key, &circuit, sketch);
        }
    }

    fn customers(&mut self) {
        let mut tenants = BTreeMap::new();
        for (key, tenant) in self.all("tenancy/tenants") {
            let Some(slug) = text(&tenant, "slug") else { continue };
            let uses = self.used.remove(&key.1).unwrap_or_default();
            let sketch = Sketch::default().text("name", text(&tenant, "name")).list("uses", uses);
            self.sketches.put(Sort::Customer, &slug, sketch);
            tenants.insert(key.1, slug);
        }
        for (tenant, assets) in std::mem::take(&mut self.used) {
            let what = format!("tenant {tenant} of {} assets", assets.len());
            self.sketches.leave_out(what, "it is not among the tenants given");
        }
        for (_, assignment) in self.all("tenancy/contact-assignments") {
            self.contact(&assignment, &tenants);
        }
    }

    fn contact(&mut self, assignment: &Value, tenants: &BTreeMap<u64, String>) {
        let name = inner(assignment, "contact", "name").unwrap_or_default();
        let of = text(assignment, "object_type").or_else(|| text(assignment, "content_type")).unwrap_or_default();
        let what = format!("contact `{name}` of {of}");
        if of != "tenancy.tenant" {
            return self.sketches.leave_out(what, "only tenants are customers");
        }
        let tenant = assignment.get("object_id").and_then(Value::as_u64).and_then(|id| tenants.get(&id));
        let Some(tenant) = tenant else {
            return self.sketches.leave_out(what, "the tenant is not among those given");
        };
        let contact = number(assignment, "contact").and_then(|id| self.objects.get(&("tenancy/contacts", id)));
        let Some(email) = contact.and_then(|contact| text(contact, "email")) else {
            return self.sketches.leave_out(what, "it has no address");
        };
        let role = inner(assignment, "role", "slug").filter(|role| role.contains("billing"));
        let mut table = BTreeMap::from([("email", email), ("name", name)]);
        table.extend(role.map(|_| ("role", "billing".to_owned())));
        table.retain(|_, text| !text.is_empty());
        let sketch = Sketch { contacts: vec![table], ..Sketch::default() };
        self.sketches.put(Sort::Customer, tenant, sketch);
    }
}

fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// A text that says something.
fn text(object: &Value, key: &str) -> Option<String> {
    let text = object.get(key)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn inner(object: &Value, key: &str, inner: &str) -> Option<String> {
    text(object.get(key)?, inner)
}

/// The number of a related object, be it nested or given alone.
fn number(object: &Value, key: &str) -> Option<u64> {
    let related = object.get(key)?;
    related.as_u64().or_else(|| related.get("id")?.as_u64())
}

/// The value of a choice, `{"value": "active", "label": "Active"}`.
fn word(object: &Value, key: &str) -> Option<String> {
    inner(object, key, "value").or_else(|| text(object, key))
}

/// What a feed can carry, in watts: three phases carry √3 times what the voltage between them and one current make.
fn capacity(feed: &Value) -> Option<String> {
    let whole = |key: &str| feed.get(key).and_then(Value::as_u64).filter(|value| *value > 0);
    let watts = whole("voltage")?.checked_mul(whole("amperage")?)?;
    let watts = match word(feed, "phase").as_deref() {
        Some("three-phase") => watts.checked_mul(1732)? / 1000,
        Some(_) | None => watts,
    };
    quantity(watts, 1, Unit::Watt)
}

/// So many times so many of a unit.
fn quantity(amount: u64, times: u64, unit: Unit) -> Option<String> {
    Some(Quantity::of_thousandths(amount.checked_mul(times)?.checked_mul(1000)?, unit).to_string())
}

/// What a device draws. A maximum is that of the whole device at each of its cords, an allocation is a cord's part.
fn load(ports: &[(u64, Value)]) -> Option<String> {
    let draws = |key: &'static str| ports.iter().filter_map(move |(_, port)| port.get(key)?.as_u64());
    let allocated: u64 = draws("allocated_draw").fold(0, u64::saturating_add);
    let watts = if allocated > 0 { allocated } else { draws("maximum_draw").max()? };
    quantity(watts, 1, Unit::Watt)
}
