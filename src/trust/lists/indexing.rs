//! How entries come into their table: by passes over all of them, each of which may be interrupted.

use bytes::Bytes;

use super::entries::{EMPTY, Entries, index};

/// Entries that cannot be found yet.
///
/// Each has to be [counted](Self::count); when [room is made](Self::make_room), all have to be
/// [placed](Self::place), then [settled](Self::settle).
pub(super) struct Indexing {
    /// Until it is settled, a slot has the number of an entry instead of its offset.
    entries: Entries,
    counted: Vec<Counted>,
}

/// What is known of an entry, so that it need not be read again.
struct Counted {
    offset: u32,
    hash: u32,
    lasting: u8,
}

impl Indexing {
    pub(super) fn of(der: Bytes) -> Self {
        Self { entries: Entries::unindexed(der), counted: Vec::new() }
    }

    /// All entries, one after the other.
    pub(super) fn der(&self) -> &Bytes {
        &self.entries.der
    }

    /// Counts the entry that begins at this offset, and is as hard to lift.
    pub(super) fn count(&mut self, offset: u32, serial: &[u8], lasting: u8) {
        let hash = self.entries.hash(serial);
        let bucket = self.entries.bucket(hash);
        if let Some(entries) = self.entries.buckets.get_mut(bucket) {
            *entries += 1;
        }
        self.counted.push(Counted { offset, hash, lasting });
    }

    /// Makes room for all that were counted.
    pub(super) fn make_room(&mut self) {
        let mut slots = 0;
        for bucket in &mut self.entries.buckets {
            let begin = slots;
            slots += *bucket;
            *bucket = begin;
        }
        self.entries.slots = vec![EMPTY; index(slots)].into();
    }

    /// Places so many, after as many. Whether these were the last.
    pub(super) fn place(&mut self, from: usize, most: usize) -> bool {
        for (number, entry) in self.counted.iter().enumerate().skip(from).take(most) {
            let number = u32::try_from(number).unwrap_or(EMPTY);
            place(&mut self.entries, &self.counted, number, entry);
        }
        from.saturating_add(most) >= self.counted.len()
    }

    /// Settles so many slots, after as many. Whether these were the last.
    pub(super) fn settle(&mut self, from: usize, most: usize) -> bool {
        for slot in self.entries.slots.iter_mut().skip(from).take(most) {
            *slot = self.counted.get(index(*slot)).map_or(EMPTY, |entry| entry.offset);
        }
        from.saturating_add(most) >= self.entries.slots.len()
    }

    pub(super) fn into_entries(self) -> Entries {
        self.entries
    }
}

/// Of two entries with one serial number the one that is harder to lift stays.
fn place(entries: &mut Entries, counted: &[Counted], number: u32, entry: &Counted) {
    for at in entries.slots_of(entry.hash) {
        let known = entries.slots.get(at).and_then(|slot| counted.get(index(*slot)));
        let replaces = match known {
            None => true,
            Some(known) if are_alike(entries, known, entry) => entry.lasting > known.lasting,
            Some(_) => continue,
        };
        entries.len += usize::from(known.is_none());
        if let Some(slot) = entries.slots.get_mut(at).filter(|_| replaces) {
            *slot = number;
        }
        return;
    }
}

fn are_alike(entries: &Entries, one: &Counted, other: &Counted) -> bool {
    one.hash == other.hash
        && match (entries.serial_at(one.offset), entries.serial_at(other.offset)) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        }
}
