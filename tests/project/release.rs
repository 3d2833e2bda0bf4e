//! What `make release` leaves behind: files in `dist/`, and nothing beside the sources.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

const ARCHITECTURE: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };

/// Stands in for cargo, cargo-lambda and cargo-cyclonedx, and puts what they make where they put it.
const CARGO: &str = r#"#!/bin/sh
case "$1 $2" in
    pkgid*) echo 'path+file:///here#alb-mtls-adapter@0.1.0' ;;
    'lambda build')
        folder=${CARGO_TARGET_DIR:-target}/lambda
        while [ $# -gt 0 ]; do
            case "$1" in --lambda-dir) folder=$2 ;; --bin) binary=$2 ;; esac
            shift
        done
        mkdir -p "$folder/$binary" && cp /bin/true "$folder/$binary/bootstrap" ;;
    cyclonedx*)
        for member in bootstrap crl-fetcher/crl-fetcher local/alb-mtls benches/whole/whole; do
            echo '{}' > "${member}_bin.cdx.json"
        done ;;
esac
"#;

/// `python3 -m venv FOLDER`, whose pip installs nothing.
const PYTHON: &str = r#"#!/bin/sh
mkdir -p "$3/bin" && cp /bin/true "$3/bin/pip"
"#;

const CRATES: &str = "#!/bin/sh\n[ ! -e broken ] && echo '{}'\n";

/// A folder with the script, and with stand-ins for what takes minutes and a network.
struct Copy(TempDir);

impl Copy {
    fn new() -> Self {
        let copy = Self(tempfile::tempdir().unwrap());
        let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
        let members = ["crl-fetcher", "local", "benches/whole"];
        for folder in members.into_iter().chain([".github/release", "target/tools/bin"]) {
            fs::create_dir_all(copy.path(folder)).unwrap();
        }
        for file in ["template.yaml", "LICENSE", ".github/release/release.sh"] {
            fs::copy(sources.join(file), copy.path(file)).unwrap();
        }
        for (name, text) in [
            ("target/tools/bin/cargo", CARGO),
            ("target/tools/bin/python3", PYTHON),
            ("target/tools/bin/rustc", "#!/bin/sh\npwd\n"),
            ("target/tools/bin/git", "#!/bin/sh\necho 0\n"),
            (".github/release/crates.py", CRATES),
        ] {
            fs::write(copy.path(name), text).unwrap();
            fs::set_permissions(copy.path(name), PermissionsExt::from_mode(0o755)).unwrap();
        }
        fs::create_dir_all(copy.path("share/doc/rust")).unwrap();
        fs::write(copy.path("share/doc/rust/COPYRIGHT-library.html"), "").unwrap();
        copy
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn pack(&self, target: Option<&Path>) -> Output {
        let mut release = Command::new(self.path(".github/release/release.sh"));
        release.args(["pack", ARCHITECTURE]).env_remove("CARGO_TARGET_DIR");
        release.envs(target.map(|target| ("CARGO_TARGET_DIR", target)));
        release.output().unwrap()
    }

    /// The names of what is in a folder, in their order.
    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Where the packed template has the functions' code, each once.
    fn code(&self) -> Vec<String> {
        let name = packed_as("alb-mtls-adapter").replace(".zip", ".yaml");
        let template = fs::read_to_string(self.path("dist").join(name)).unwrap();
        let lines = template.lines().filter_map(|line| line.trim().strip_prefix("CodeUri: "));
        lines.map(str::to_owned).collect()
    }

    /// Bills of materials beside the sources.
    fn bills(&self) -> Vec<String> {
        ["", "crl-fetcher", "local", "benches/whole"]
            .into_iter()
            .flat_map(|folder| self.names(folder))
            .filter(|name| name.ends_with(".cdx.json"))
            .collect()
    }
}

/// The name of a function's archive.
fn packed_as(package: &str) -> String {
    format!("{package}-0.1.0-{ARCHITECTURE}.zip")
}

/// What is in `dist/`.
fn packed() -> Vec<String> {
    let kinds = [
        ("alb-mtls-adapter", &["cdx.json", "sha256", "yaml", "zip"][..]),
        ("crl-fetcher", &["cdx.json", "zip"]),
    ];
    let names = kinds.iter().flat_map(|(package, kinds)| {
        kinds.iter().map(|kind| packed_as(package).replace("zip", kind))
    });
    names.collect()
}

#[test]
fn release_is_packed_wherever_cargo_builds_and_leaves_nothing_beside_the_sources() {
    let elsewhere = tempfile::tempdir().unwrap();
    for target in [None, Some(elsewhere.path())] {
        let copy = Copy::new();
        let output = copy.pack(target);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{target:?}: {said}");
        assert_eq!(copy.names("dist"), packed());
        assert_eq!(copy.code(), [packed_as("alb-mtls-adapter"), packed_as("crl-fetcher")]);
        assert_eq!(copy.bills(), Vec::<String>::new());
    }
}

#[test]
fn release_that_fails_leaves_nothing_beside_the_sources() {
    let copy = Copy::new();
    // From the bill of materials on, since the licences are asked for first.
    fs::write(
        copy.path(".github/release/crates.py"),
        CRATES.replace("[", "[ $1 = licences ] || ["),
    )
    .unwrap();
    fs::write(copy.path("broken"), "").unwrap();
    assert!(!copy.pack(None).status.success());
    assert!(!copy.path("dist").exists());
    assert_eq!(copy.bills(), Vec::<String>::new());
}
