/// What a body of a request or an answer is made of.
#[derive(Clone, Copy)]
pub(crate) enum Body {
    /// JSON, a quarter of it quotation marks: within JSON each is escaped once more.
    Text,
    /// Packed by gzip: within JSON it is base64.
    Binary,
}

/// From small to nearly as much as a load balancer takes once it is base64.
pub(crate) const KILOBYTES: [usize; 3] = [1, 100, 700];

impl Body {
    /// So many times 1,024 bytes, before anything is escaped.
    pub(crate) fn bytes(self, kilobytes: usize) -> Vec<u8> {
        let pattern: &[u8] = match self {
            Self::Text => br#"{"id":"1234567","name":"Example"},"#,
            Self::Binary => b"\x1f\x8b\x08\x00\xd5\xaa\x7e\x91\x33\xfe\x00\x5c\x22",
        };
        pattern.iter().copied().cycle().take(kilobytes * 1024).collect()
    }

    /// What the load balancer goes by when it chooses between text and base64.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Text => "application/json",
            Self::Binary => "application/gzip",
        }
    }
}
