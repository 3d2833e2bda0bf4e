//! HTTP/1.1 as the stand-ins speak it: a message is read whole, and written in one piece. A head and a
//! body that are written apart meet Nagle's algorithm and delayed acknowledgements: 40 ms that are
//! nobody's.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

use httparse::{EMPTY_HEADER, Header, Status};

/// More headers than any message here has.
const MAX_HEADERS: usize = 64;

/// Answers connections, each in a thread of its own, until the process ends.
pub(crate) fn serve(
    answer: impl Fn(TcpStream) -> io::Result<()> + Clone + Send + 'static,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let answer = answer.clone();
            // A peer that is killed ends its connections in the middle: no fault of this side.
            thread::spawn(move || stream.set_nodelay(true).and_then(|()| answer(stream)));
        }
    });
    Ok(address)
}

/// A connection, and what has been read ahead from it.
pub(crate) struct Connection<S> {
    stream: S,
    ahead: Vec<u8>,
}

/// A request, read whole.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) body: Vec<u8>,
}

/// A response, read whole.
pub(crate) struct Response {
    pub(crate) status: u16,
}

impl<S: Read + Write> Connection<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, ahead: Vec::with_capacity(64 * 1024) }
    }

    /// The next request; `None` where the peer has closed the connection.
    pub(crate) fn request(&mut self) -> io::Result<Option<Request>> {
        let read = self.message(|bytes| {
            let mut headers = [EMPTY_HEADER; MAX_HEADERS];
            let mut head = httparse::Request::new(&mut headers);
            let Status::Complete(length) = head.parse(bytes).map_err(invalid)? else {
                return Ok(None);
            };
            let line = (owned(head.method), owned(head.path));
            Ok(Some((line, length, body_length(head.headers)?)))
        })?;
        Ok(read.map(|((method, target), body)| Request { method, target, body }))
    }

    /// The response to what was written.
    pub(crate) fn response(&mut self) -> io::Result<Response> {
        let read = self.message(|bytes| {
            let mut headers = [EMPTY_HEADER; MAX_HEADERS];
            let mut head = httparse::Response::new(&mut headers);
            let Status::Complete(length) = head.parse(bytes).map_err(invalid)? else {
                return Ok(None);
            };
            Ok(Some((head.code.unwrap_or_default(), length, body_length(head.headers)?)))
        })?;
        let (status, _) = read.ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(Response { status })
    }

    /// Writes a whole message.
    pub(crate) fn write(&mut self, message: &[u8]) -> io::Result<()> {
        self.stream.write_all(message)?;
        self.stream.flush()
    }

    /// Reads until `head` finds one in what was read, and then its body.
    fn message<T>(
        &mut self,
        head: impl Fn(&[u8]) -> io::Result<Option<(T, usize, usize)>>,
    ) -> io::Result<Option<(T, Vec<u8>)>> {
        let (line, head_length, body_length) = loop {
            if let Some(found) = head(&self.ahead)? {
                break found;
            }
            if !self.read_on()? {
                return Ok(None);
            }
        };
        let end = head_length + body_length;
        while self.ahead.len() < end {
            if !self.read_on()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let body = self.ahead.drain(..end).skip(head_length).collect();
        Ok(Some((line, body)))
    }

    fn read_on(&mut self) -> io::Result<bool> {
        let mut piece = [0; 64 * 1024];
        let length = self.stream.read(&mut piece)?;
        self.ahead.extend(piece.iter().take(length));
        Ok(length > 0)
    }
}

/// A response of status 200, or another, with headers of the caller's, each with its line end.
pub(crate) fn answer(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status} Fine\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn body_length(headers: &[Header<'_>]) -> io::Result<usize> {
    let named = |name: &str| headers.iter().find(|it| it.name.eq_ignore_ascii_case(name));
    if named("transfer-encoding").is_some() {
        return Err(invalid("a chunked message, which the stand-ins do not read"));
    }
    let Some(length) = named("content-length") else { return Ok(0) };
    str::from_utf8(length.value).map_err(invalid)?.parse().map_err(invalid)
}

fn owned(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
