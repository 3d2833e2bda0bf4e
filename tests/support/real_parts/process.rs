//! Programs that listen on a port of their own, and end when the test does.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Runs its arguments until they end or until its standard input does, which it does however the test ends: also
/// by Ctrl-C, where no destructor runs. TERM comes first, since the Lambda emulator then ends the function, which
/// it runs in another process group.
const GUARD: &str = r#"
    exec 3<&0
    "$@" </dev/null 3<&- & program=$!
    (read -r _ <&3; kill -TERM $program; sleep 5; kill -KILL 0) &
    wait $program
    kill -KILL 0
"#;

const START_LIMIT: Duration = Duration::from_secs(60);
const START_TRIES: usize = 3;

/// A running program with a folder of its own, which is its working directory and goes with it.
pub(super) struct Process {
    guard: Child,
    folder: TempDir,
}

impl Process {
    /// Starts `program`; `set_up` adds arguments and environment to a command that has only its name.
    pub(super) fn start(
        program: &Path,
        folder: TempDir,
        set_up: impl FnOnce(&mut Command),
    ) -> Process {
        let log = File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", GUARD, "sh"]).arg(program);
        set_up(&mut command);
        let guard = command
            .current_dir(folder.path())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Process { guard, folder }
    }

    /// Starts a program on ports that are free, and returns once it listens on the first of them.
    ///
    /// A port is free until another takes it: a program that ends before it listens is started anew on others.
    pub(super) async fn start_on_free_ports<const N: usize>(
        start: impl Fn([u16; N]) -> Process,
    ) -> (Process, [u16; N]) {
        let mut log = String::new();
        for _ in 0..START_TRIES {
            let ports = free_ports();
            let mut process = start(ports);
            if process.listens(ports[0]).await {
                return (process, ports);
            }
            log = process.log();
        }
        panic!("a program ended before it listened; its log:\n{log}")
    }

    /// What the program has written so far to standard output and standard error.
    pub(super) fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.path().join("log")).unwrap())
            .into_owned()
    }

    /// False if it ended instead.
    pub(super) async fn listens(&mut self, port: u16) -> bool {
        let deadline = Instant::now() + START_LIMIT;
        while self.guard.try_wait().unwrap().is_none() {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return true;
            }
            assert!(
                Instant::now() < deadline,
                "nothing listens after {START_LIMIT:?}; log:\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        _ = self.guard.wait();
    }
}

/// From below the range out of which the system serves whoever wants any port (32768 and up on Linux): a
/// listener or a connection of another test would be given one before the program has taken it, and be
/// taken for the program.
fn free_ports<const N: usize>() -> [u16; N] {
    const FIRST: u32 = 10_000;
    const COUNT: u32 = 20_000;
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let next = || {
        // Each process begins somewhere else.
        let number = process::id().wrapping_mul(97).wrapping_add(TAKEN.fetch_add(1, Relaxed));
        u16::try_from(FIRST + number % COUNT).unwrap()
    };
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    std::array::from_fn(|_| std::iter::repeat_with(next).find(is_free).unwrap())
}
