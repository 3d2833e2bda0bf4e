//! What `make` builds by the template: for a deployment, and for this machine.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{
    stacks::{LISTENER, stacks, with},
    support::real_parts::part,
};

/// What `sam build` starts to compile a function: a program of that architecture comes out, or its head. Where a file
/// says so, it is of another.
const CARGO_LAMBDA: &str = r#"#!/bin/sh
machine='\076'
case "$*" in *--arm64*) machine='\267' ;; esac
[ ! -e of-another-machine ] || machine='\123'
while [ "$1" != --bin ]; do shift; done
mkdir -p "target/lambda/$2"
printf "\177ELF            \002 $machine\000" > "target/lambda/$2/bootstrap"
"#;

/// The folders of the functions, as `sam build` names them: what is deployed on Lambda's own capacity, on managed
/// instances, and to fetch CRLs.
const FUNCTIONS: [&str; 3] = ["Function", "ManagedFunction", "CrlFetcher"];

/// A copy of what `make build` reads, with the real SAM, and a compiler that takes no time.
struct Copy(TempDir);

impl Copy {
    fn new() -> Self {
        let copy = Self(tempfile::tempdir().unwrap());
        let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folders =
            [".github/release", "target/real-parts/venv/bin", "tests/real-parts", "crl-fetcher"];
        for folder in folders {
            fs::create_dir_all(copy.path(folder)).unwrap();
        }
        for file in ["Makefile", "samconfig.toml", "template.yaml", ".github/release/release.sh"] {
            fs::copy(sources.join(file), copy.path(file)).unwrap();
        }
        let program = |path: &str, text: &str| {
            fs::write(copy.path(path), text).unwrap();
            fs::set_permissions(copy.path(path), PermissionsExt::from_mode(0o755)).unwrap();
        };
        program("target/real-parts/venv/bin/cargo-lambda", CARGO_LAMBDA);
        program("tests/real-parts/setup.sh", "#!/bin/sh\n");
        symlink(part("venv/bin/sam"), copy.path("target/real-parts/venv/bin/sam")).unwrap();
        copy
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn make(&self, arguments: &[&str]) -> String {
        let (done, said) = self.try_to_make(arguments);
        assert!(done, "make {arguments:?}: {said}");
        said
    }

    /// Whether that can be made, and what is said of it.
    fn try_to_make(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new("make")
            .args(arguments)
            .current_dir(self.0.path())
            .env("HOME", self.0.path())
            .env("CARGO_HOME", self.0.path())
            // `make test` has these for those whom it starts.
            .env_remove("MAKEFLAGS")
            .env_remove("MAKEOVERRIDES")
            .output()
            .unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.success(), said)
    }

    /// Every file of a folder, by its path.
    fn files(&self, folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let mut folders = vec![self.path(folder)];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => files.push((path.clone(), fs::read(path).unwrap())),
                }
            }
        }
        files.sort();
        files
    }
}

pub(crate) fn assert_is_of_one_architecture() {
    let copy = Copy::new();
    for (asked, built, other) in
        [(None, "arm64", "x86_64"), (Some("ARCH=x86_64"), "x86_64", "arm64")]
    {
        copy.make(&["build"].into_iter().chain(asked).collect::<Vec<_>>());
        let template = fs::read_to_string(copy.path(".aws-sam/build/template.yaml")).unwrap();
        let asked = ["", built, other].map(|architecture| {
            let mut parameters = with(&[("ListenerArn", LISTENER)], &[("ListenerPaths", "/*")]);
            if !architecture.is_empty() {
                parameters.insert("Architecture", architecture);
            }
            parameters
        });
        let [unsaid, same, different] = stacks(&[&template], &asked).remove(0).try_into().unwrap();
        for stack in [unsaid, same] {
            let function = stack.unwrap().properties("Function").clone();
            assert_eq!(function["Architectures"][0], built);
        }
        assert_eq!(different.err().as_deref(), Some("Architecture cannot be that"));
    }
}

pub(crate) fn assert_is_refused_where_a_function_is_of_another_architecture() {
    let copy = Copy::new();
    fs::write(copy.path("crl-fetcher/of-another-machine"), "").unwrap();
    let (done, said) = copy.try_to_make(&["build"]);
    assert!(!done && said.contains("CrlFetcher/bootstrap is not for arm64"), "{said}");
}

pub(crate) fn assert_leaves_the_deployable_build_alone() {
    let copy = Copy::new();
    copy.make(&["build"]);
    for function in FUNCTIONS {
        assert!(
            copy.path(".aws-sam/build").join(function).join("bootstrap").is_file(),
            "{function}"
        );
    }
    let deployable = copy.files(".aws-sam");
    copy.make(&["build-here"]);
    assert!(copy.path("target/sam/build/Function/bootstrap").is_file());
    assert_eq!(copy.files(".aws-sam"), deployable);
    for target in ["test", "sam-local", "bench", "bench-check", "bench-baseline"] {
        let commands = copy.make(&["--dry-run", target]);
        let builds: Vec<_> = commands.lines().filter(|line| line.contains("sam build")).collect();
        assert!(!builds.is_empty(), "{commands}");
        for build in builds {
            assert!(build.contains("--build-dir target/sam/build"), "{target}: {build}");
        }
    }
}
