//! Lambda's Runtime API, for one function: hands out events one after another, and takes the time that
//! each answer needs.
//!
//! Source: AWS, "Using the Lambda runtime API for custom runtimes".

use std::{
    borrow::Cow,
    collections::{HashMap, VecDeque},
    io,
    net::{SocketAddr, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use crate::{
    Fault,
    http::{self, Connection, Request},
};

/// An event, as its bytes.
pub(crate) type Event = Arc<[u8]>;

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// How much of an answer is kept: its status, and what is wrong if it is short.
const BEGINNING: usize = 512;

/// Where a function gets its events.
pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// There are events, for those who ask for one. Hundreds may: they are not to be woken by every answer.
    arrived: Condvar,
    /// Anything else has changed, for whoever waits for answers.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// When the function first asked for an event.
    first_poll: Option<Instant>,
    /// How many times it is asking right now.
    waiting: usize,
    queue: VecDeque<Event>,
    /// When, and as which of the events that are played.
    handed_out: HashMap<String, (Instant, usize)>,
    count: usize,
    answers: Vec<Answer>,
    failure: Option<String>,
}

/// What a function answered.
pub(crate) struct Answer {
    /// Which of the events it is an answer to, counted from 0.
    pub(crate) event: usize,
    /// From before the event was written until after the answer was read.
    pub(crate) took: Duration,
    /// Its first bytes.
    beginning: Vec<u8>,
}

impl Answer {
    /// Its first bytes, as text.
    pub(crate) fn beginning(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.beginning)
    }

    /// The status in it, as far as it begins with one.
    pub(crate) fn status(&self) -> Option<u16> {
        let text = self.beginning();
        let digits = text.split_once("\"statusCode\":")?.1.trim_start();
        digits.get(..3)?.parse().ok()
    }
}

impl RuntimeApi {
    pub(crate) fn start() -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let serving = Arc::clone(&shared);
        let address = http::serve(move |stream| serving.serve(stream))?;
        Ok(Self { address, shared })
    }

    /// When the function first asked for an event; `None` where it has not, and does not within a time.
    pub(crate) fn first_poll(&self, within: Duration) -> Result<Option<Instant>, Fault> {
        let state = self.shared.wait_until(within, |state| state.first_poll.is_some())?;
        Ok(state.first_poll)
    }

    /// Has the function answer events, and waits until it asks for more. It finds the next one waiting, so
    /// that nothing is between two of them but the function.
    pub(crate) fn play(
        &self,
        events: impl IntoIterator<Item = Event>,
    ) -> Result<Vec<Answer>, Fault> {
        let mut state = self.shared.lock();
        state.queue.extend(events);
        state.count = 0;
        let expected = state.queue.len();
        drop(state);
        self.shared.arrived.notify_all();
        let is_idle = |state: &State| state.answers.len() == expected && state.waiting > 0;
        let mut state = self.shared.wait_until(PATIENCE, is_idle)?;
        if !is_idle(&state) {
            return Err("it does not answer".into());
        }
        Ok(std::mem::take(&mut state.answers))
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let mut connection = Connection::new(stream);
        while let Some(request) = connection.request()? {
            match invocation_id(&request.target) {
                None => self.hand_out(&mut connection)?,
                Some(id) => {
                    self.take(id, &request);
                    connection.write(&http::answer(202, "", b"{\"status\":\"OK\"}\n"))?;
                }
            }
        }
        Ok(())
    }

    /// Answers `/next`, as soon as there is an event.
    fn hand_out(&self, connection: &mut Connection<TcpStream>) -> io::Result<()> {
        let mut state = self.lock();
        state.first_poll.get_or_insert_with(Instant::now);
        state.waiting += 1;
        self.changed.notify_all();
        let event = loop {
            match state.queue.pop_front() {
                Some(event) => break event,
                None => state = wait(&self.arrived, state, PATIENCE),
            }
        };
        state.waiting -= 1;
        let number = state.count;
        state.count += 1;
        let id = format!("8476a536-e9f4-11e8-9739-{number:012x}");
        drop(state);
        let message = http::answer(200, &headers(&id), &event);
        self.lock().handed_out.insert(id, (Instant::now(), number));
        connection.write(&message)
    }

    /// Takes `/response` and `/error`.
    fn take(&self, id: &str, request: &Request) {
        let now = Instant::now();
        let mut state = self.lock();
        match state.handed_out.remove(id) {
            Some((at, event)) if request.target.ends_with("/response") => {
                let beginning = request.body.iter().take(BEGINNING).copied().collect();
                state.answers.push(Answer { event, took: now.duration_since(at), beginning });
            }
            _ => {
                let body = String::from_utf8_lossy(&request.body);
                state.failure = Some(format!("{} {}: {body}", request.method, request.target));
            }
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until something is so, or a time has passed.
    fn wait_until(
        &self,
        within: Duration,
        is_so: impl Fn(&State) -> bool,
    ) -> Result<MutexGuard<'_, State>, Fault> {
        let until = Instant::now() + within;
        let mut state = self.lock();
        loop {
            if let Some(failure) = state.failure.take() {
                return Err(failure.into());
            }
            let left = until.saturating_duration_since(Instant::now());
            if is_so(&state) || left.is_zero() {
                return Ok(state);
            }
            state = wait(&self.changed, state, left);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait<'a>(
    changed: &Condvar,
    state: MutexGuard<'a, State>,
    at_most: Duration,
) -> MutexGuard<'a, State> {
    changed.wait_timeout(state, at_most).unwrap_or_else(PoisonError::into_inner).0
}

/// The id in `/2018-06-01/runtime/invocation/{id}/response`; none in `/next`.
fn invocation_id(target: &str) -> Option<&str> {
    let (_, rest) = target.split_once("/invocation/").unwrap_or(("", target));
    rest.rsplit_once('/').map(|(id, _)| id)
}

fn headers(id: &str) -> String {
    let deadline = SystemTime::now() + Duration::from_secs(30);
    let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!(
        "Content-Type: application/json\r\n\
         Lambda-Runtime-Aws-Request-Id: {id}\r\n\
         Lambda-Runtime-Deadline-Ms: {}\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:measured\r\n\
         Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n",
        deadline.as_millis()
    )
}
