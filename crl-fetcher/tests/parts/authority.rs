//! A CA of another hand: `openssl ca`.

use std::{fs, path::PathBuf};

use tempfile::TempDir;

use crate::support::real_parts::openssl;

const CONFIGURATION: &str = "
[ca]
default_ca = ours
[ours]
database = $ENV::CA/index.txt
crlnumber = $ENV::CA/crlnumber
certificate = $ENV::CA/ca.pem
private_key = $ENV::CA/ca.key
new_certs_dir = $ENV::CA
default_md = sha256
default_crl_days = 7
default_days = 20
policy = any
rand_serial = yes
x509_extensions = client
crl_extensions = crl
unique_subject = no
[any]
commonName = supplied
[client]
basicConstraints = CA:FALSE
extendedKeyUsage = clientAuth
[crl]
authorityKeyIdentifier = keyid
[req]
distinguished_name = name
x509_extensions = authority
prompt = no
[name]
CN = OpenSSL CA
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
";

/// A CA in a folder, judged by this machine's clock.
pub(crate) struct OpenSslCa(TempDir);

impl OpenSslCa {
    pub(crate) async fn new() -> Self {
        let ca = Self(TempDir::new().unwrap());
        let configuration = CONFIGURATION.replace("$ENV::CA", ca.0.path().to_str().unwrap());
        fs::write(ca.path("ca.cnf"), configuration).unwrap();
        fs::write(ca.path("index.txt"), "").unwrap();
        fs::write(ca.path("crlnumber"), "1000\n").unwrap();
        let (key, certificate) = (ca.text("ca.key"), ca.text("ca.pem"));
        let request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"];
        let files = ["-config", &ca.text("ca.cnf"), "-keyout", &key, "-out", &certificate];
        openssl(request.into_iter().chain(files)).await;
        ca
    }

    pub(crate) fn pem(&self) -> String {
        fs::read_to_string(self.path("ca.pem")).unwrap()
    }

    /// Signs the next CRL, as PEM.
    pub(crate) async fn crl(&self) -> Vec<u8> {
        let (configuration, crl) = (self.text("ca.cnf"), self.text("ca.crl"));
        openssl(["ca", "-gencrl", "-config", &configuration, "-out", &crl]).await;
        fs::read(crl).unwrap()
    }

    /// Issues a client's certificate, as DER.
    pub(crate) async fn client(&self) -> Vec<u8> {
        let (configuration, request) = (self.text("ca.cnf"), self.text("client.csr"));
        let (key, certificate) = (self.text("client.key"), self.text("client.pem"));
        let new = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let files = ["-subj", "/CN=client", "-keyout", &key, "-out", &request];
        openssl(new.into_iter().chain(["-config", &configuration]).chain(files)).await;
        let sign = ["ca", "-batch", "-notext", "-config", &configuration, "-in", &request];
        openssl(sign.into_iter().chain(["-out", &certificate])).await;
        openssl(["x509", "-in", &certificate, "-outform", "DER"]).await
    }

    /// Revokes the certificate of the last client.
    pub(crate) async fn revoke(&self) {
        let (configuration, certificate) = (self.text("ca.cnf"), self.text("client.pem"));
        openssl(["ca", "-config", &configuration, "-revoke", &certificate]).await;
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }
}
