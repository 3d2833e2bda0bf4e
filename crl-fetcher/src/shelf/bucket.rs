//! CRLs in a bucket.

use std::time::SystemTime;

use alb_mtls_adapter::trust::crls::{
    location::CrlLocation,
    manifest::{Listed, Manifest},
};
use aws_config::SdkConfig;
use aws_sdk_s3::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::get_object::GetObjectError,
    primitives::{ByteStream, DateTime},
    types::Object,
};

use super::{Shelf, ShelfError, Standing, Stored, is_crl};
use crate::causes::{bounded, causes};

/// CRLs under a prefix of a bucket. It takes `s3:ListBucket` for the prefix, and `s3:GetObject`, `s3:PutObject` and
/// `s3:DeleteObject` for what is under it.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    location: CrlLocation,
}

impl Bucket {
    /// Reaches S3 as `config` says; connects to nothing yet.
    pub fn new(config: &SdkConfig, location: CrlLocation) -> Self {
        Self { client: Client::new(config), location }
    }

    fn key(&self, file: &str) -> String {
        format!("{}{file}", self.location.prefix())
    }

    async fn get(&self, key: &str) -> Result<Option<(Vec<u8>, String)>, ShelfError> {
        const ACTION: &str = "s3:GetObject";
        let request = self.client.get_object().bucket(self.location.bucket()).key(key);
        let output = match request.send().await {
            Ok(output) => output,
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), GetObjectError::NoSuchKey(_)) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(self.error(ACTION, key, &error)),
        };
        let version = output.e_tag.unwrap_or_default();
        let body = output.body.collect().await;
        let body = body.map_err(|error| self.failure(ACTION, key, causes(&error)))?;
        Ok(Some((body.to_vec(), version)))
    }

    fn error<E>(&self, action: &'static str, key: &str, error: &SdkError<E>) -> ShelfError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let said = [error.code(), error.message()].into_iter().flatten().collect::<Vec<_>>();
        let said = bounded(&said.join(": "));
        let reason = match (error, status) {
            (_, Some(403)) => {
                format!("403 {said}; give the function's role this action there")
            }
            (SdkError::TimeoutError(_) | SdkError::DispatchFailure(_), _) => {
                format!("{}; is there a way to S3, or an endpoint for it?", causes(error))
            }
            (_, Some(status)) if !said.is_empty() => format!("{status} {said}"),
            _ => causes(error),
        };
        self.failure(action, key, reason)
    }

    fn failure(&self, action: &'static str, key: &str, reason: String) -> ShelfError {
        let (bucket, key) = (self.location.bucket().to_owned(), key.to_owned());
        ShelfError::S3 { action, bucket, key, reason }
    }
}

impl Shelf for Bucket {
    async fn standing(&self) -> Result<Option<Standing>, ShelfError> {
        let key = self.location.manifest();
        let Some((json, version)) = self.get(&key).await? else { return Ok(None) };
        let place = format!("s3://{}/{key}", self.location.bucket());
        let manifest = Manifest::read(&json);
        let manifest = manifest.map_err(|fault| ShelfError::Manifest { place, fault })?;
        Ok(Some(Standing { manifest, version }))
    }

    async fn stored(&self) -> Result<Vec<Stored>, ShelfError> {
        let prefix = self.location.prefix();
        let request = self.client.list_objects_v2().bucket(self.location.bucket());
        let request = request.prefix(prefix).delimiter("/");
        let mut pages = request.into_paginator().send();
        let mut stored = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.error("s3:ListBucket", prefix, &error))?;
            stored.extend(page.contents().iter().filter_map(|object| in_it(object, prefix)));
        }
        Ok(stored)
    }

    async fn crl(&self, crl: &Listed) -> Result<Vec<u8>, ShelfError> {
        let key = self.location.object(crl);
        match self.get(&key).await? {
            Some((der, _)) => Ok(der),
            None => Err(self.failure("s3:GetObject", &key, "it is not there".to_owned())),
        }
    }

    async fn put(&self, crl: &Listed, der: Vec<u8>) -> Result<(), ShelfError> {
        let key = self.location.object(crl);
        let request = self.client.put_object().bucket(self.location.bucket()).key(&key);
        let request = request.content_type("application/pkix-crl").body(ByteStream::from(der));
        let put = request.send().await;
        put.map(|_| ()).map_err(|error| self.error("s3:PutObject", &key, &error))
    }

    async fn publish(&self, manifest: &Manifest, before: Option<&str>) -> Result<(), ShelfError> {
        let key = self.location.manifest();
        let place = || format!("s3://{}/{key}", self.location.bucket());
        let json = manifest.to_json();
        let json = json.map_err(|fault| ShelfError::Manifest { place: place(), fault })?;
        let request = self.client.put_object().bucket(self.location.bucket()).key(&key);
        let request = request.content_type("application/json").body(json.into_bytes().into());
        let request = match before {
            Some(version) => request.if_match(version),
            None => request.if_none_match("*"),
        };
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) if is_overtaken(error.code()) => {
                Err(ShelfError::Overtaken { place: place() })
            }
            Err(error) => Err(self.error("s3:PutObject", &key, &error)),
        }
    }

    async fn remove(&self, file: &str) -> Result<(), ShelfError> {
        let key = self.key(file);
        let request = self.client.delete_object().bucket(self.location.bucket()).key(&key);
        let removed = request.send().await;
        removed.map(|_| ()).map_err(|error| self.error("s3:DeleteObject", &key, &error))
    }
}

/// What S3 says of a conditional request that came too late:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>.
fn is_overtaken(code: Option<&str>) -> bool {
    const CODES: [&str; 3] = ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"];
    code.is_some_and(|code| CODES.contains(&code))
}

fn in_it(object: &Object, prefix: &str) -> Option<Stored> {
    let file = object.key()?.strip_prefix(prefix)?;
    is_crl(file).then(|| Stored {
        file: file.to_owned(),
        bytes: object.size().and_then(|size| size.try_into().ok()).unwrap_or_default(),
        since: object.last_modified().and_then(instant).unwrap_or(SystemTime::UNIX_EPOCH),
    })
}

fn instant(time: &DateTime) -> Option<SystemTime> {
    SystemTime::try_from(*time).ok()
}
