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

/// What `sam build` starts to compile the function: a program of that architecture comes out, or its head.
const CARGO_LAMBDA: &str = r#"#!/bin/sh
machine='\076'
case "$*" in *--arm64*) machine='\267' ;; esac
mkdir -p target/lambda/bootstrap
printf "\177ELF            \002 $machine\000" > target/lambda/bootstrap/bootstrap
"#;

/// A copy of what `make build` reads, with the real SAM, and a compiler that takes no time.
struct Copy(TempDir);

impl Copy {
    fn new() -> Self {
        let copy = Self(tempfile::tempdir().unwrap());
        let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
        for folder in [".github/release", "target/real-parts/venv/bin", "tests/real-parts"] {
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
        assert!(output.status.success(), "make {arguments:?}: {said}");
        said
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

pub(crate) fn assert_leaves_the_deployable_build_alone() {
    let copy = Copy::new();
    copy.make(&["build"]);
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
