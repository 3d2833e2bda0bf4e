//! One story: who asks whom with which headers, and how it should end.

use alb_mtls::wso2::Certificate;

use super::{
    cast::Client,
    ending::{Answer, Ending, Sight},
};

#[derive(Debug)]
pub(super) struct Story {
    pub(super) title: String,
    pub(super) front: Front,
    pub(super) client: Option<Client>,
    /// Headers of the client's own, beside the usual.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) expected: Ending,
}

/// Which of the load balancers is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Front {
    /// The function stands behind it.
    Function,
    /// The same, and `+ / =` are escaped.
    Escaped,
    /// The function stands behind it, and writes `single-line-pem`.
    SingleLine,
    /// The gateway stands behind it, and no function.
    Bare,
    /// The function's gateway is down.
    GatewayDown,
    /// The function has no trust bundle.
    NoBundle,
}

impl Story {
    /// A client asks, and the gateway gets to see its certificate.
    pub(super) fn accepted(title: impl Into<String>, client: Client) -> Self {
        let seen = Certificate { der: client.leaf().to_vec() };
        let expected = Ending { answer: Answer::Status(200, None), gateway: Sight::Client(seen) };
        Self::new(title, client, expected)
    }

    /// A client asks, and the gateway cannot read what it gets.
    pub(super) fn misread(title: impl Into<String>, client: Client) -> Self {
        let answer = Answer::Status(500, Some("900900".to_owned()));
        Self::new(title, client, Ending { answer, gateway: Sight::Unreadable })
    }

    /// A client asks, and the gateway hears nothing of it.
    pub(super) fn refused(
        title: impl Into<String>,
        client: impl Into<Option<Client>>,
        status: u16,
        code: &'static str,
    ) -> Self {
        let answer = Answer::Status(status, Some(code.to_owned()));
        Self::new(title, client, Ending { answer, gateway: Sight::NotReached })
    }

    fn new(title: impl Into<String>, client: impl Into<Option<Client>>, expected: Ending) -> Self {
        let (title, client) = (title.into(), client.into());
        Self { title, front: Front::Function, client, headers: Vec::new(), expected }
    }

    /// Whether this is the certificate of the client who asks.
    pub(super) fn presents(&self, certificate: &Certificate) -> bool {
        self.client.as_ref().is_some_and(|client| client.leaf() == certificate.der)
    }

    /// Through another load balancer.
    pub(super) fn through(self, front: Front) -> Self {
        Self { front, ..self }
    }

    /// With a header of the client's own.
    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// With another answer for the client.
    pub(super) fn answered(mut self, answer: Answer) -> Self {
        self.expected.answer = answer;
        self
    }
}

/// A story and how it ended.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) story: Story,
    pub(super) ending: Ending,
    /// What load balancer and function said of it.
    pub(super) log: Vec<String>,
}

impl Played {
    pub(super) fn is_ok(&self) -> bool {
        self.ending == self.story.expected
    }
}
