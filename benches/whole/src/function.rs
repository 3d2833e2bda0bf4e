//! Programs that are measured, and functions: programs that run.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::{
    fs::{Advice, fadvise},
    process::{Pid, Signal, kill_process},
};

use crate::{
    Fault,
    runtime_api::{Answer, Event, RuntimeApi},
};

/// Environment variables, by name.
pub(crate) type Environment = Vec<(String, String)>;

/// What can be started.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// The command and its arguments.
    pub(crate) command: Vec<OsString>,
    /// What of its files and folders is read at a start, and by nobody else.
    pub(crate) files: Vec<PathBuf>,
}

/// What comes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The gateway's answer.
    Forwarded,
    /// A refusal: who presents nothing, or is not trusted.
    Refused,
    /// A verdict, or none, where too many certificates are new at a time.
    Judged,
}

impl Expected {
    fn includes(self, status: Option<u16>) -> bool {
        match self {
            Self::Forwarded => status == Some(200),
            Self::Refused => matches!(status, Some(401 | 403)),
            Self::Judged => matches!(status, Some(200 | 403 | 503)),
        }
    }
}

/// A program that runs and has asked for its first event.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    child: Child,
    api: RuntimeApi,
    /// From the start of the process until it asked for an event.
    pub(crate) start: Duration,
}

impl Program {
    /// Starts it, and waits until it asks for an event.
    pub(crate) fn start(&self, environment: &Environment) -> Result<Function, Fault> {
        self.start_under(&[], environment)
    }

    /// Starts it as the argument of another command.
    pub(crate) fn start_under(
        &self,
        wrapper: &[OsString],
        environment: &Environment,
    ) -> Result<Function, Fault> {
        let api = RuntimeApi::start()?;
        let mut words = wrapper.iter().chain(&self.command);
        let mut command = Command::new(words.next().ok_or("no command")?);
        command
            .args(words)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let began = Instant::now();
        let child = command.spawn().map_err(|error| format!("{}: {error}", self.name))?;
        // Already one, so that the process ends with it whatever happens next.
        let mut function = Function { name: self.name, child, api, start: Duration::ZERO };
        function.start = function.first_poll()?.duration_since(began);
        Ok(function)
    }

    /// Has the next start read its files from the disk again.
    pub(crate) fn evict(&self) -> io::Result<()> {
        self.files.iter().try_for_each(|path| evict(path))
    }

    /// The bytes of the program itself.
    pub(crate) fn size(&self) -> io::Result<u64> {
        let program = self.files.first().ok_or(io::ErrorKind::NotFound)?;
        Ok(fs::metadata(program)?.len())
    }
}

fn evict(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return fs::read_dir(path)?.try_for_each(|entry| evict(&entry?.path()));
    }
    Ok(fadvise(fs::File::open(path)?, 0, None, Advice::DontNeed)?)
}

impl Function {
    /// When it first asked for an event.
    fn first_poll(&mut self) -> Result<Instant, Fault> {
        const PATIENCE: Duration = Duration::from_secs(60);
        const LOOK: Duration = Duration::from_millis(100);
        for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
            if let Some(at) = self.api.first_poll(LOOK)? {
                return Ok(at);
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("{} ended before its first event, {status}", self.name).into());
            }
        }
        Err(format!("{} never asks for an event", self.name).into())
    }

    /// Has it answer events, and insists on what comes of each.
    pub(crate) fn play(
        &self,
        events: impl IntoIterator<Item = Event>,
        expected: Expected,
    ) -> Result<Vec<Answer>, Fault> {
        let answers = self.api.play(events).map_err(|fault| format!("{}: {fault}", self.name))?;
        match answers.iter().find(|answer| !expected.includes(answer.status())) {
            None => Ok(answers),
            Some(other) => {
                let (name, answer) = (self.name, other.beginning());
                Err(format!("{name}: this is not {expected:?}: {answer}").into())
            }
        }
    }

    /// Has it answer events that differ in what comes of them.
    pub(crate) fn play_mixed(&self, events: &[(Event, Expected)]) -> Result<Vec<Answer>, Fault> {
        let played = events.iter().map(|(event, _)| Event::clone(event));
        let answers = self.api.play(played).map_err(|fault| format!("{}: {fault}", self.name))?;
        let is_other = |answer: &&Answer| {
            let expected = events.get(answer.event).map(|(_, expected)| *expected);
            !expected.is_some_and(|expected| expected.includes(answer.status()))
        };
        match answers.iter().find(is_other) {
            None => Ok(answers),
            Some(other) => {
                Err(format!("{}: not expected: {}", self.name, other.beginning()).into())
            }
        }
    }

    /// The time that its threads have spent on a processor.
    pub(crate) fn cpu(&self) -> Result<Duration, Fault> {
        cpu(self.child.id())
    }

    /// What it holds of the machine's memory, in MiB.
    pub(crate) fn resident(&self) -> Result<f64, Fault> {
        self.memory("VmRSS:")
    }

    /// The most that it has ever held, in MiB.
    pub(crate) fn peak(&self) -> Result<f64, Fault> {
        self.memory("VmHWM:")
    }

    fn memory(&self, name: &str) -> Result<f64, Fault> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next());
        let kib: u32 = number.ok_or("no such figure")?.parse()?;
        Ok(f64::from(kib) / 1024.0)
    }

    /// Asks it to end, and waits for that.
    pub(crate) fn end(mut self) -> Result<(), Fault> {
        end(&mut self.child)
    }
}

/// Asks a process to end, and waits for that.
pub(crate) fn end(child: &mut Child) -> Result<(), Fault> {
    kill_process(Pid::from_child(child), Signal::TERM)?;
    child.wait()?;
    Ok(())
}

impl Drop for Function {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The time that the threads of a process have spent on a processor: to the nanosecond, where the usual
/// counters tick a hundred times a second.
pub(crate) fn cpu(pid: u32) -> Result<Duration, Fault> {
    let mut sum = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let spent = fs::read_to_string(task?.path().join("schedstat"))?;
        sum += spent.split_whitespace().next().ok_or("an empty schedstat")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(sum))
}
