//! The entries of a list, found in the bytes that were signed.

use std::{
    hash::{BuildHasher, RandomState},
    ops::Range,
};

use bytes::Bytes;
use der::{Decode, SliceReader};
use x509_cert::ext::pkix::CrlReason;

use super::entry::{Entry, serial_of};

/// A bucket for so many bytes of entries. The shortest entry has 20, and usual ones between 37 and 52, so that
/// there is about one for each.
const BYTES_OF_A_BUCKET: usize = 64;

/// A slot without an entry: none begins where the longest DER ends.
pub(super) const EMPTY: u32 = u32::MAX;

/// Entries by serial number.
///
/// They stay where they are. A table beside them has one slot for each, with the offset at which it begins; the
/// slots are in buckets, by a hash of the serial number. All of it takes 4 bytes for each entry, and 4 for each
/// [`BYTES_OF_A_BUCKET`].
///
/// The hash has a key of its own for each list, so that nobody can make up a list whose entries are all in one
/// bucket. Entries of one serial number are, and only one of them is kept there.
#[derive(Default)]
pub(super) struct Entries {
    pub(super) der: Bytes,
    /// At which slot each bucket begins, and at the end how many slots there are.
    pub(super) buckets: Box<[u32]>,
    /// Of each bucket, those with an entry come first.
    pub(super) slots: Box<[u32]>,
    pub(super) len: usize,
    hashing: RandomState,
}

impl Entries {
    /// Entries one after the other, none of which can be found yet.
    pub(super) fn unindexed(der: Bytes) -> Self {
        let buckets = der.len() / BYTES_OF_A_BUCKET + 1;
        Self { der, buckets: vec![0; buckets + 1].into(), ..Self::default() }
    }

    /// How many serial numbers there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Why the certificate of a serial number was revoked, if it was.
    pub(super) fn reason(&self, serial: &[u8]) -> Option<CrlReason> {
        let slots = self.slots.get(self.slots_of(self.hash(serial)))?;
        let mut offsets = slots.iter().copied().take_while(|slot| *slot != EMPTY);
        let offset = offsets.find(|offset| self.serial_at(*offset) == Some(serial))?;
        let reason = self.entry_at(offset).and_then(|entry| entry.reason().ok());
        // It could be read before. If it could not any more, it would name the certificate all the same.
        Some(reason.unwrap_or(CrlReason::Unspecified))
    }

    pub(super) fn hash(&self, serial: &[u8]) -> u32 {
        u32::try_from(self.hashing.hash_one(serial) >> 32).unwrap_or_default()
    }

    /// Which bucket serial numbers of a hash are in.
    pub(super) fn bucket(&self, hash: u32) -> usize {
        let buckets = self.buckets.len().saturating_sub(1);
        index(hash).checked_rem(buckets).unwrap_or_default()
    }

    /// Which slots that bucket has.
    pub(super) fn slots_of(&self, hash: u32) -> Range<usize> {
        let bucket = self.bucket(hash);
        match self.buckets.get(bucket..bucket.saturating_add(2)) {
            Some(&[begin, end]) => index(begin)..index(end),
            _ => 0..0,
        }
    }

    /// The serial number of the entry that begins here.
    pub(super) fn serial_at(&self, offset: u32) -> Option<&[u8]> {
        serial_of(self.der.get(index(offset)..)?).ok()
    }

    fn entry_at(&self, offset: u32) -> Option<Entry<'_>> {
        let mut reader = SliceReader::new(self.der.get(index(offset)..)?).ok()?;
        Entry::decode(&mut reader).ok()
    }

    /// The bytes beside those of the list.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        size_of_val(&*self.buckets) + size_of_val(&*self.slots)
    }
}

/// Past every end where a machine cannot count as far.
pub(super) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
