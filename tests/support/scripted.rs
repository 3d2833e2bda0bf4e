//! A gateway that answers with given bytes, whatever it is asked.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Answers each connection's first request, then closes it.
pub(crate) struct Scripted {
    url: String,
    task: JoinHandle<()>,
}

impl Scripted {
    /// With the bytes of a whole response; `None` never answers.
    pub(crate) async fn start(response: Option<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                read_head(&mut stream).await;
                match &response {
                    Some(response) => {
                        let _ = stream.write_all(response).await;
                        let _ = stream.shutdown().await;
                    }
                    None => std::future::pending().await,
                }
            }
        });
        Self { url, task }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads until a request's head is there, or no more comes; with as much of the body as came along.
pub(crate) async fn read_head(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(read) if read > 0 => head.extend_from_slice(&buffer[..read]),
            _ => break,
        }
    }
    head
}
