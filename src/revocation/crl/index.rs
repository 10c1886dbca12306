//! Serial numbers of a CRL, found in constant time: a table of offsets into the CRL's own octets.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::entry;

/// Where the entry of each serial number starts. Some 5 octets a place in the table, which is filled to at most 7/8.
pub(super) struct Index {
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Index {
    pub(super) fn for_entries(count: usize) -> Self {
        Self {
            table: HashTable::with_capacity(count),
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// Adds the entry of `serial` that starts at `offset` in `der`; of several entries of one serial number the first stays.
    pub(super) fn add(&mut self, der: &[u8], serial: &[u8], offset: u32) {
        let hash = self.hasher.hash_one(serial);
        let same = |other: &u32| entry::serial_at(der, *other) == Some(serial);
        if self.table.find(hash, same).is_none() {
            let rehash = |other: &u32| {
                let serial = entry::serial_at(der, *other);
                self.hasher.hash_one(serial.unwrap_or_default())
            };
            self.table.insert_unique(hash, offset, rehash);
        }
    }

    /// Where the entry of `serial` starts.
    pub(super) fn find(&self, der: &[u8], serial: &[u8]) -> Option<u32> {
        let hash = self.hasher.hash_one(serial);
        let same = |other: &u32| entry::serial_at(der, *other) == Some(serial);
        self.table.find(hash, same).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// Octets of the table itself.
    pub(super) fn octets(&self) -> usize {
        self.table.allocation_size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::der;

    #[test]
    fn of_a_serial_number_that_stands_twice_the_first_entry_stays() {
        let entry = |serial: &[u8], date| der::sequence(&[der::integer(serial), der::time(date)]);
        let (first, other, second) = (entry(&[7], 0), entry(&[8], 0), entry(&[7], 86_400));
        let der = [&first[..], &other, &second].concat();
        let starts = [0, first.len(), first.len() + other.len()];
        let starts = starts.map(|start| u32::try_from(start).unwrap());
        let mut index = Index::for_entries(3);
        for (serial, start) in [[7], [8], [7]].iter().zip(starts) {
            index.add(&der, serial, start);
        }
        assert_eq!(index.len(), 2);
        assert_eq!(index.find(&der, &[7]), Some(starts[0]));
        assert_eq!(index.find(&der, &[8]), Some(starts[1]));
        assert_eq!(index.find(&der, &[9]), None);
    }
}
