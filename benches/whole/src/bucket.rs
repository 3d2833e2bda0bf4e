//! S3's stand-in: the objects of a bucket, each read whole.

use std::{
    collections::HashMap,
    io,
    net::{SocketAddr, TcpStream},
    sync::Arc,
};

use crate::http::{self, Connection};

/// Starts one that holds these objects, by bucket and key: `bucket/key`.
pub(crate) fn start(
    objects: impl IntoIterator<Item = (String, Vec<u8>)>,
) -> io::Result<SocketAddr> {
    let answers = objects
        .into_iter()
        .map(|(name, content)| (format!("/{name}"), http::answer(200, "", &content)));
    let answers = Arc::new(answers.collect::<HashMap<_, _>>());
    http::serve(move |stream| answer(stream, &answers))
}

fn answer(stream: TcpStream, answers: &HashMap<String, Vec<u8>>) -> io::Result<()> {
    let missing = http::answer(404, "", b"<Error><Code>NoSuchKey</Code></Error>");
    let mut connection = Connection::new(stream);
    while let Some(request) = connection.request()? {
        connection.write(answers.get(&request.target).unwrap_or(&missing))?;
    }
    Ok(())
}
