use super::*;

fn invocation(event: &'static str) -> Invocation {
    Invocation { request_id: "id".to_owned(), event: Bytes::from(event) }
}

/// An Invoke API that answers every call with these bytes, and tells what it was asked.
async fn endpoint(response: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = String::new();
        while !asked.ends_with("event") {
            let mut buffer = [0; 1024];
            let length = stream.read(&mut buffer).await.unwrap();
            asked.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
        }
        stream.write_all(response.as_bytes()).await.unwrap();
        asked
    });
    (url, asked)
}

#[tokio::test]
async fn a_function_in_this_process_gets_event_and_identifier() {
    let target = Target::in_process(|call| async move {
        Ok(format!("{} {:?}", call.request_id, call.event).into_bytes())
    });
    assert_eq!(target.invoke(invocation("event")).await.unwrap(), b"id b\"event\"");
    let failing = Target::in_process(|_| async { Err("broken".into()) });
    assert!(
        matches!(failing.invoke(invocation("")).await, Err(InvokeError::Function { body, .. }) if body == "broken")
    );
}

#[tokio::test]
async fn an_endpoint_without_a_path_is_called_where_the_invoke_api_has_functions() {
    let (url, asked) = endpoint("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await;
    let target = Target::endpoint(&url).unwrap();
    assert_eq!(target.invoke(invocation("event")).await.unwrap(), b"hi");
    assert!(
        asked
            .await
            .unwrap()
            .starts_with("POST /2015-03-31/functions/function/invocations HTTP/1.1\r\n")
    );

    let (url, asked) = endpoint("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let target = Target::endpoint(&format!("{url}/2015-03-31/functions/mine/invocations")).unwrap();
    target.invoke(invocation("event")).await.unwrap();
    assert!(asked.await.unwrap().starts_with("POST /2015-03-31/functions/mine/invocations "));
}

#[tokio::test]
async fn a_function_error_is_told_from_a_refused_call_and_from_silence() {
    let (url, _) = endpoint(
        "HTTP/1.1 200 OK\r\nX-Amz-Function-Error: Unhandled\r\ncontent-length: 4\r\n\r\noops",
    )
    .await;
    let error = Target::endpoint(&url).unwrap().invoke(invocation("event")).await.unwrap_err();
    assert_eq!(error.to_string(), "the function failed (Unhandled): oops");

    let (url, _) = endpoint("HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\noops").await;
    let error = Target::endpoint(&url).unwrap().invoke(invocation("event")).await.unwrap_err();
    assert!(matches!(error, InvokeError::Refused { status: 404, .. }));

    let error =
        Target::endpoint("http://127.0.0.1:1").unwrap().invoke(invocation("")).await.unwrap_err();
    assert!(error.to_string().ends_with("is the local runtime running?"), "{error}");
}

#[test]
fn what_is_no_plain_http_url_is_refused_at_once() {
    for url in ["", "localhost:9000", "https://localhost", "file:///x"] {
        assert!(matches!(Target::endpoint(url), Err(InvokeError::Url { .. })), "{url}");
    }
}
