//! The function as a process of its own that can be frozen, as Lambda does between events, and the
//! Runtime API that it asks for them.

use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::NamedTempFile;
use time::OffsetDateTime;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::PATIENCE;
use super::closing::Message;
use super::preloaded::Preloaded;

/// A running function, on one CPU where `taskset` is there to see to it.
pub(crate) struct Freezer {
    function: Child,
    log: NamedTempFile,
    calls: mpsc::UnboundedReceiver<Call>,
    events: mpsc::UnboundedSender<Vec<u8>>,
    serving: JoinHandle<()>,
    clock: Clock,
}

/// The clock of the function and of the Runtime API: the machine's own, or one that a test sets.
#[derive(Clone)]
struct Clock {
    /// How many seconds the machine's is behind.
    behind: i64,
    passed: Arc<AtomicI64>,
    library: Option<Arc<Preloaded>>,
}

/// Puts every clock forward by the seconds in a file, and the one that tells the date by as many again as stand
/// behind them.
const AHEAD: &str = r#"
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *ahead;

__attribute__((constructor)) static void map(void) {
    void *mapped = mmap(0, 16, PROT_READ, MAP_SHARED, open("FOLDER/ahead", O_RDONLY), 0);
    ahead = mapped == MAP_FAILED ? 0 : mapped;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && ahead) time->tv_sec += ahead[0] + (clock == CLOCK_REALTIME ? ahead[1] : 0);
    return result;
}
"#;

/// What the function asks of the Runtime API.
enum Call {
    Next,
    Response(Vec<u8>),
    Error(String),
}

impl Freezer {
    /// Starts the function with nothing in its environment but what Lambda sets, and `env`.
    pub(crate) async fn start(bootstrap: &Path, env: &[(&str, &str)]) -> Self {
        let clock = Clock { behind: 0, passed: Arc::default(), library: None };
        Self::with(clock, bootstrap, env).await
    }

    /// Starts one at another time, which can be made to pass.
    pub(crate) async fn start_at(
        time: OffsetDateTime,
        bootstrap: &Path,
        env: &[(&str, &str)],
    ) -> Self {
        let library = Preloaded::compile(AHEAD);
        let (variable, path) = library.variable();
        let behind = (time - OffsetDateTime::now_utc()).whole_seconds();
        let clock = Clock { behind, passed: Arc::default(), library: Some(Arc::new(library)) };
        clock.pass(0);
        let env: Vec<_> = env.iter().copied().chain([(variable, path.as_str())]).collect();
        Self::with(clock, bootstrap, &env).await
    }

    async fn with(clock: Clock, bootstrap: &Path, env: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (called, calls) = mpsc::unbounded_channel();
        let (events, queue) = mpsc::unbounded_channel();
        let serving =
            tokio::spawn(serve(listener, called, Arc::new(Mutex::new(queue)), clock.clone()));
        let log = NamedTempFile::new().unwrap();
        let function =
            command(bootstrap, address, log.as_file()).envs(env.iter().copied()).spawn().unwrap();
        Self { function, log, calls, events, serving, clock }
    }

    /// Lets so many seconds pass at once, by every clock of the function.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.pass(seconds);
    }

    /// Waits until the function asks for an event.
    pub(crate) async fn asked(&mut self) {
        match self.call().await {
            Call::Next => {}
            Call::Response(_) => panic!("a second answer; log:\n{}", self.log()),
            Call::Error(error) => panic!("{error}; log:\n{}", self.log()),
        }
    }

    /// Makes an event available, for the question under way or for the next one.
    pub(crate) fn give(&self, event: Vec<u8>) {
        self.events.send(event).unwrap();
    }

    /// Waits for the answer to an event.
    pub(crate) async fn answer(&mut self) -> Vec<u8> {
        match self.call().await {
            Call::Response(answer) => answer,
            Call::Next => panic!("no answer; log:\n{}", self.log()),
            Call::Error(error) => panic!("{error}; log:\n{}", self.log()),
        }
    }

    /// Stops the process; returns when it stands still.
    pub(crate) async fn freeze(&self) {
        self.signal("STOP").await;
        while self.state() != "T" {
            tokio::task::yield_now().await;
        }
    }

    /// Lets it run on.
    pub(crate) async fn thaw(&self) {
        self.signal("CONT").await;
    }

    /// What the function has logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap()
    }

    /// What the kernel says of the process under a name such as `VmRSS`, in KiB.
    pub(crate) fn status(&self, name: &str) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap().trim().strip_suffix(" kB").unwrap().parse().unwrap()
    }

    async fn call(&mut self) -> Call {
        match timeout(PATIENCE, self.calls.recv()).await {
            Ok(call) => call.unwrap(),
            Err(_) => panic!("no call for {PATIENCE:?}; log:\n{}", self.log()),
        }
    }

    async fn signal(&self, name: &str) {
        // The shell's own: not every system has the program.
        let script = format!("kill -{name} {}", self.process());
        let status = Command::new("/bin/sh").args(["-c", &script]).status().await.unwrap();
        assert!(status.success(), "{script}; log:\n{}", self.log());
    }

    /// The state of the process, as the kernel abbreviates it.
    fn state(&self) -> String {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process())).unwrap();
        // Before it is the name, in brackets, and that may hold anything.
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        fields.split(' ').next().unwrap().to_owned()
    }

    pub(crate) fn process(&self) -> u32 {
        self.function.id().unwrap()
    }
}

impl Clock {
    fn pass(&self, seconds: i64) {
        let passed = self.passed.fetch_add(seconds, Ordering::SeqCst) + seconds;
        let file = self.library.as_ref().map(|library| library.folder().join("ahead"));
        // The same file, written over: the function has it mapped.
        if let Some(file) = file {
            let file = File::options().create(true).write(true).truncate(false).open(file).unwrap();
            file.write_all_at(&[passed, self.behind].map(i64::to_ne_bytes).concat(), 0).unwrap();
        }
    }

    fn now(&self) -> SystemTime {
        let ahead = self.behind + self.passed.load(Ordering::SeqCst);
        (OffsetDateTime::now_utc() + time::Duration::seconds(ahead)).into()
    }
}

impl Drop for Freezer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn command(bootstrap: &Path, runtime_api: SocketAddr, log: &File) -> Command {
    let mut command = on_one_cpu(bootstrap);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_LAMBDA_FUNCTION_NAME", "alb-mtls-adapter")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string())
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log.try_clone().unwrap())
        .kill_on_drop(true);
    command
}

/// As Lambda gives a small function no more of; `taskset` becomes the program that it starts.
fn on_one_cpu(program: &Path) -> Command {
    let taskset = Path::new("/usr/bin/taskset");
    if !taskset.exists() {
        return Command::new(program);
    }
    let mut command = Command::new(taskset);
    command.args(["-c", &allowed_cpu()]).arg(program);
    command
}

/// The first CPU that this process may use.
fn allowed_cpu() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let (_, allowed) = status.split_once("Cpus_allowed_list:").unwrap();
    allowed.trim_start().chars().take_while(char::is_ascii_digit).collect()
}

type Queue = Arc<Mutex<mpsc::UnboundedReceiver<Vec<u8>>>>;

async fn serve(
    listener: TcpListener,
    called: mpsc::UnboundedSender<Call>,
    queue: Queue,
    clock: Clock,
) {
    // Owned by this task, and ended with it.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve_connection(
            stream,
            called.clone(),
            Arc::clone(&queue),
            clock.clone(),
        ));
    }
}

async fn serve_connection(
    stream: TcpStream,
    called: mpsc::UnboundedSender<Call>,
    queue: Queue,
    clock: Clock,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    stream.get_ref().set_nodelay(true).unwrap();
    loop {
        let message = Message::read(&mut stream).await?;
        if message.line.contains("/invocation/next ") {
            called.send(Call::Next).ok()?;
            let event = queue.lock().await.recv().await?;
            stream.write_all(&next(&event, clock.now())).await.ok()?;
            continue;
        }
        let call = match message.line.contains("/response ") {
            true => Call::Response(message.body),
            false => Call::Error(format!("{}: {:?}", message.line, message.body)),
        };
        stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await.ok()?;
        called.send(call).ok()?;
    }
}

/// An event as the Runtime API hands it out, with half a minute to answer it.
fn next(event: &[u8], now: SystemTime) -> Vec<u8> {
    let deadline = (now + PATIENCE).duration_since(UNIX_EPOCH).unwrap().as_millis();
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\n\
         lambda-runtime-aws-request-id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
         lambda-runtime-deadline-ms: {deadline}\r\n\
         lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:123456789012:function:f\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        event.len()
    )
    .into_bytes();
    answer.extend_from_slice(event);
    answer
}
