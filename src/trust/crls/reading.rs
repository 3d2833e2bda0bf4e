//! The CRLs of a manifest, read some at a time, and what is known already not again.
//!
//! All of this may be left alone at any `await`, for as long as one likes, and gone on with: a request does a part
//! of it while it waits for the gateway, and the environment freezes in between.

use std::{sync::Arc, time::Duration};

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt, stream};
use http_body_util::BodyExt;
use tokio::task::yield_now;

use super::{
    bucket::{Bucket, Marked},
    error::CrlsError,
    manifest::Listed,
    set::CrlSet,
};
use crate::{secrets::awake::within, trust::lists::RevocationList};

/// How long S3 may keep silent, counted while this process runs.
const SILENCE: Duration = Duration::from_secs(5);

/// How many CRLs are fetched at a time.
const AT_A_TIME: usize = 8;

/// Reads the CRLs of a manifest; `known` are those of the one before.
pub(super) async fn read(
    bucket: Arc<Bucket>,
    marked: Arc<Marked>,
    known: Option<Arc<CrlSet>>,
) -> Result<CrlSet, CrlsError> {
    let crls = marked.manifest.crls.iter();
    let lists: Vec<_> = crls
        .map(|crl| {
            let same = known.as_ref().and_then(|known| known.find(&crl.sha256)).cloned();
            named(Arc::clone(&bucket), crl.clone(), same)
        })
        .collect();
    let set = CrlSet::new(stream::iter(lists).buffered(AT_A_TIME).try_collect().await?);
    Ok(match known {
        Some(known) => set.replacing(&known),
        None => set,
    })
}

/// A CRL, with the name of its object; fetched, unless it is known.
async fn named(
    bucket: Arc<Bucket>,
    crl: Listed,
    known: Option<RevocationList>,
) -> Result<(String, RevocationList), CrlsError> {
    let name = bucket.name_of(&crl);
    let list = match known {
        Some(list) => list,
        None => list(fetched(&bucket, &crl).await?, &name, &crl).await?,
    };
    Ok((name, list))
}

/// The bytes of a CRL. A connection that ends in the middle, as it does while the environment is frozen, is followed
/// by another one for the rest.
async fn fetched(bucket: &Bucket, crl: &Listed) -> Result<Bytes, CrlsError> {
    let wrong_size = || CrlsError::Size { object: bucket.name_of(crl), bytes: crl.bytes };
    let size = usize::try_from(crl.bytes).map_err(|_| wrong_size())?;
    let mut bytes = BytesMut::with_capacity(size);
    while bytes.len() < size {
        let before = bytes.len();
        match received(bucket, crl, &mut bytes).await {
            Ok(()) if bytes.len() == size => {}
            Ok(()) => return Err(wrong_size()),
            Err(_) if bytes.len() > before && bytes.len() <= size => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes.freeze())
}

/// Adds what comes on one connection, to its end.
async fn received(bucket: &Bucket, crl: &Listed, bytes: &mut BytesMut) -> Result<(), CrlsError> {
    let silent = || CrlsError::Silent { object: bucket.name_of(crl), seconds: SILENCE.as_secs() };
    let from = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut body = within(SILENCE, bucket.crl(crl, from)).await.ok_or_else(silent)??.into_body();
    while let Some(frame) = within(SILENCE, body.frame()).await.ok_or_else(silent)? {
        let frame = frame.map_err(|error| bucket.broken(crl, &error))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.capacity() - bytes.len() < data.len() {
            return Err(CrlsError::Size { object: bucket.name_of(crl), bytes: crl.bytes });
        }
        bytes.put(data);
    }
    Ok(())
}

/// The list that is in the bytes. Between two steps of reading it, others have their turn.
async fn list(der: Bytes, name: &str, crl: &Listed) -> Result<RevocationList, CrlsError> {
    let fault = |fault| CrlsError::List { object: name.to_owned(), fault };
    let mut reading = RevocationList::reading(der).map_err(fault)?;
    let list = loop {
        if let Some(list) = reading.step().map_err(fault)? {
            break list;
        }
        yield_now().await;
    };
    match list.sha256() == crl.sha256 {
        true => Ok(list),
        false => Err(CrlsError::Digest { object: name.to_owned() }),
    }
}
