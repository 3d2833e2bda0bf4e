//! CRLs in a folder.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use alb_mtls_adapter::{
    certificate::identity::sha256,
    trust::crls::manifest::{Listed, Manifest},
};
use tempfile::NamedTempFile;

use super::{MANIFEST, Shelf, ShelfError, Standing, Stored, is_crl};

/// CRLs in a folder. What is put there appears whole.
///
/// Not guaranteed, other than in a bucket: of two who publish within the same instant, both may believe that theirs
/// stands. The next refresh mends it.
#[derive(Debug, Clone)]
pub struct Directory(PathBuf);

impl Directory {
    /// One that is there, or is made.
    ///
    /// # Errors
    ///
    /// Those of making it.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self, ShelfError> {
        let path = path.into();
        fs::create_dir_all(&path).map_err(|error| failure(&path, error))?;
        Ok(Self(path))
    }

    fn read(&self, file: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        let path = self.0.join(file);
        match fs::read(&path) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failure(&path, error)),
        }
    }

    /// Writes a file beside, and gives it its name.
    fn write(&self, file: &str, content: &[u8]) -> Result<(), ShelfError> {
        let path = self.0.join(file);
        let written = || {
            let mut beside = NamedTempFile::new_in(&self.0)?;
            beside.write_all(content)?;
            readable_by_all(beside.as_file())?;
            beside.persist(&path)?;
            Ok(())
        };
        written().map_err(|error| failure(&path, error))
    }

    fn version(&self) -> Result<Option<(Vec<u8>, String)>, ShelfError> {
        let json = self.read(MANIFEST)?;
        Ok(json.map(|json| {
            let version = sha256(&json);
            (json, version)
        }))
    }

    fn place(&self) -> String {
        self.0.join(MANIFEST).display().to_string()
    }
}

impl Shelf for Directory {
    async fn standing(&self) -> Result<Option<Standing>, ShelfError> {
        let Some((json, version)) = self.version()? else { return Ok(None) };
        let manifest = Manifest::read(&json);
        let manifest =
            manifest.map_err(|fault| ShelfError::Manifest { place: self.place(), fault })?;
        Ok(Some(Standing { manifest, version }))
    }

    async fn stored(&self) -> Result<Vec<Stored>, ShelfError> {
        let found = || {
            let mut stored = Vec::new();
            for entry in fs::read_dir(&self.0)? {
                let entry = entry?;
                let file = entry.file_name().to_string_lossy().into_owned();
                if is_crl(&file) {
                    let metadata = entry.metadata()?;
                    let (bytes, since) = (metadata.len(), metadata.modified()?);
                    stored.push(Stored { file, bytes, since });
                }
            }
            Ok(stored)
        };
        found().map_err(|error| failure(&self.0, error))
    }

    async fn crl(&self, crl: &Listed) -> Result<Vec<u8>, ShelfError> {
        let content = self.read(&crl.file())?;
        content.ok_or_else(|| failure(&self.0.join(crl.file()), io::ErrorKind::NotFound.into()))
    }

    async fn put(&self, crl: &Listed, der: Vec<u8>) -> Result<(), ShelfError> {
        self.write(&crl.file(), &der)
    }

    async fn publish(&self, manifest: &Manifest, before: Option<&str>) -> Result<(), ShelfError> {
        let json = manifest.to_json();
        let json = json.map_err(|fault| ShelfError::Manifest { place: self.place(), fault })?;
        let version = self.version()?.map(|(_, version)| version);
        match version.as_deref() == before {
            true => self.write(MANIFEST, json.as_bytes()),
            false => Err(ShelfError::Overtaken { place: self.place() }),
        }
    }

    async fn remove(&self, file: &str) -> Result<(), ShelfError> {
        let path = self.0.join(file);
        fs::remove_file(&path).map_err(|error| failure(&path, error))
    }
}

/// A temporary file is its owner's alone, and a CRL is for everybody.
#[cfg(unix)]
fn readable_by_all(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_: &fs::File) -> io::Result<()> {
    Ok(())
}

fn failure(path: &Path, reason: io::Error) -> ShelfError {
    ShelfError::File { path: path.display().to_string(), reason }
}
