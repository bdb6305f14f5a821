//! The zones that a calendar defines itself by VTIMEZONE, each followed once however many events name it.

use std::collections::BTreeMap;

use crate::window::{DefinedZone, MAX_OBSERVANCES, ZoneDefinition, ZoneFault};

/// The VTIMEZONEs of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct DefinedZones {
    /// TZID and what stands below it, in order.
    written: Vec<(String, ZoneDefinition)>,
    followed: BTreeMap<String, Result<DefinedZone, ZoneFault>>,
}

impl DefinedZones {
    /// Begins a VTIMEZONE.
    pub(super) fn begin(&mut self) {
        self.written.push(Default::default());
    }

    /// Begins a STANDARD or DAYLIGHT of the VTIMEZONE begun last.
    pub(super) fn begin_observance(&mut self) {
        if let Some((_, definition)) = self.written.last_mut() {
            definition.begin();
        }
    }

    /// The TZID of the VTIMEZONE begun last.
    pub(super) fn name(&mut self, tzid: String) {
        if let Some((name, _)) = self.written.last_mut() {
            *name = tzid;
        }
    }

    /// A property of the STANDARD or DAYLIGHT begun last.
    pub(super) fn property(&mut self, name: &str, value: &str) {
        if let Some((_, definition)) = self.written.last_mut() {
            definition.property(name, value);
        }
    }

    /// Follows each of them, when all are there. Together they have as many STANDARD and DAYLIGHT as one may have, since
    /// a hostile calendar could define thousands of zones.
    pub(super) fn follow(&mut self) {
        let observances: usize = self.written.iter().map(|(_, definition)| definition.observances()).sum();
        let mut definitions: BTreeMap<String, Result<ZoneDefinition, ZoneFault>> = BTreeMap::new();
        for (tzid, definition) in std::mem::take(&mut self.written) {
            match definitions.get(&tzid) {
                None if observances > MAX_OBSERVANCES => {
                    definitions.insert(tzid, Err(ZoneFault::Observances));
                }
                None => {
                    definitions.insert(tzid, Ok(definition));
                }
                Some(Ok(known)) if *known != definition => {
                    definitions.insert(tzid, Err(ZoneFault::Redefined));
                }
                Some(Ok(_) | Err(_)) => {}
            }
        }
        self.followed = definitions
            .into_iter()
            .map(|(tzid, definition)| {
                let followed = definition.and_then(|definition| definition.zone(&tzid));
                (tzid, followed)
            })
            .collect();
    }

    /// The zone of a TZID, or why it cannot be followed; none when the calendar does not define it.
    pub(super) fn get(&self, tzid: &str) -> Option<&Result<DefinedZone, ZoneFault>> {
        self.followed.get(tzid)
    }
}
