//! A list on its way from bytes.

#[cfg(test)]
mod objects;
#[cfg(test)]
mod parts;
#[cfg(test)]
mod tests;

use aws_lc_rs::digest;
use bytes::Bytes;
use der::{Decode, Length, Reader, SliceReader};
use x509_cert::ext::pkix::CrlReason;

use super::{
    entry::Entry, fault::ListFault, frame::Frame, indexing::Indexing, limitation::Limitation,
    list::RevocationList,
};
use crate::certificate::fingerprint::hexadecimal;

/// A list that is read in steps, so that others get their turn in between: one with a million entries takes half a
/// second.
///
/// It may be left after any step, and gone on with later. Meanwhile it takes 12 bytes for each entry beside what
/// the list will take, or up to 24 while they become more.
pub struct Reading {
    draft: Option<Draft>,
    list: Option<RevocationList>,
}

impl RevocationList {
    /// Reads one DER list, with nothing after it. The bytes are copied.
    ///
    /// # Errors
    ///
    /// [`ListFault`]. What can be read and answers for no certificate is a [`Limitation`].
    pub fn from_der(der: &[u8]) -> Result<Self, ListFault> {
        let mut reading = Self::reading(Bytes::copy_from_slice(der))?;
        loop {
            if let Some(list) = reading.step()? {
                return Ok(list);
            }
        }
    }

    /// Begins to read one DER list, with nothing after it. The list will keep these bytes, and no others.
    ///
    /// # Errors
    ///
    /// [`ListFault`], by what stands around the entries.
    pub fn reading(der: Bytes) -> Result<Reading, ListFault> {
        let (frame, entries) = Frame::read(&der)?;
        let draft = Draft {
            digest: digest::Context::new(&digest::SHA256),
            undigested: der,
            frame,
            entries: Indexing::of(entries),
            are_extended: false,
            limitation: None,
            pass: Pass::Check,
            number: 0,
            at: Length::ZERO,
        };
        Ok(Reading { draft: Some(draft), list: None })
    }
}

impl Reading {
    /// Goes on for a millisecond or so, unless a single entry is very long. The list, once it is read; from then
    /// on, the same again.
    ///
    /// # Errors
    ///
    /// [`ListFault`], which names the entry.
    pub fn step(&mut self) -> Result<Option<RevocationList>, ListFault> {
        if let Some(draft) = &mut self.draft {
            draft.step()?;
        }
        if let Some(draft) = self.draft.take_if(|draft| matches!(draft.pass, Pass::Over)) {
            self.list = Some(draft.into_list());
        }
        Ok(self.list.clone())
    }
}

/// What has been read so far.
struct Draft {
    digest: digest::Context,
    undigested: Bytes,
    frame: Frame,
    entries: Indexing,
    are_extended: bool,
    limitation: Option<Limitation>,
    pass: Pass,
    /// How many entries the pass has behind it, and at which offset the first one goes on.
    number: usize,
    at: Length,
}

enum Pass {
    Check,
    Place,
    Settle,
    Digest,
    Over,
}

/// The most entries of a step.
const AT_ONCE: usize = 2000;
/// The longest entry that is read, in bytes.
const LONGEST_ENTRY: usize = 4 * 1024;

impl Draft {
    fn step(&mut self) -> Result<(), ListFault> {
        let before = self.number;
        let (is_last, next) = match self.pass {
            Pass::Check => (self.check(before)?, Pass::Place),
            Pass::Place => (self.entries.place(before, AT_ONCE), Pass::Settle),
            Pass::Settle => (self.entries.settle(before, AT_ONCE), Pass::Digest),
            Pass::Digest => (self.digest(), Pass::Over),
            Pass::Over => return Ok(()),
        };
        match is_last {
            true => (self.pass, self.number) = (next, 0),
            false => self.number += AT_ONCE,
        }
        Ok(())
    }

    /// Checks and counts the next entries. Whether these were the last.
    fn check(&mut self, before: usize) -> Result<bool, ListFault> {
        let der = self.entries.der().clone();
        let fault = |number, error: der::Error| {
            let reason = error.to_string();
            ListFault::Entry { number, reason }
        };
        let mut reader = SliceReader::new(&der).map_err(|error| fault(before, error))?;
        reader.read_slice(self.at).map_err(|error| fault(before, error))?;
        for number in (before + 1..).take(AT_ONCE) {
            if reader.is_finished() {
                self.entries.make_room();
                return Ok(true);
            }
            let offset = u32::from(reader.position());
            let entry = reader.tlv_bytes().map_err(|error| fault(number, error))?;
            if entry.len() > LONGEST_ENTRY {
                let (what, bytes) = ("entry", entry.len());
                return Err(ListFault::TooLong { what, bytes, most: LONGEST_ENTRY });
            }
            self.check_next(offset, entry).map_err(|error| fault(number, error))?;
        }
        self.at = reader.position();
        Ok(false)
    }

    fn check_next(&mut self, offset: u32, entry: &[u8]) -> der::Result<()> {
        let entry = Entry::from_der(entry)?;
        self.are_extended |= entry.is_extended();
        self.limitation = self.limitation.take().or_else(|| entry.limitation());
        self.entries.count(offset, entry.serial(), lasting(entry.reason()?));
        Ok(())
    }

    /// Whether all of it has been digested.
    fn digest(&mut self) -> bool {
        const AT_ONCE: usize = 256 * 1024;
        let some = self.undigested.split_to(AT_ONCE.min(self.undigested.len()));
        self.digest.update(&some);
        self.undigested.is_empty()
    }

    fn into_list(self) -> RevocationList {
        let limitation = self.frame.limitation(self.are_extended).or(self.limitation);
        let sha256 = hexadecimal(self.digest.finish().as_ref());
        RevocationList::new(self.frame, self.entries.into_entries(), limitation, sha256)
    }
}

/// How hard a revocation is to lift.
fn lasting(reason: CrlReason) -> u8 {
    match reason {
        CrlReason::RemoveFromCRL => 0,
        CrlReason::CertificateHold => 1,
        _ => 2,
    }
}
