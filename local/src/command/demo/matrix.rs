//! Which gateway reads which header: every way in which WSO2 reads one, against the load balancer's own and
//! the two formats that the function writes for WSO2.

use alb_mtls::wso2::Mode;
use alb_mtls_adapter::certificate::outgoing::CertFormat;

use super::{
    cast::{Cast, Client},
    ending::Answer,
    stage::Stage,
    story::{Front, Played, Story},
};
use crate::command::error::CommandError;

/// A gateway, and what it made of each header.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) mode: Mode,
    pub(super) gateway: Gateway,
    /// One for each of [`Header::ALL`], in that order.
    pub(super) cells: Vec<Cell>,
}

/// One header before one gateway, played like a story.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) header: Header,
    pub(super) played: Played,
}

/// What the gateway is given to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// The setting `GATEWAY_CERT_FORMAT`; `None` for what the load balancer writes, without the function.
    pub(super) format: Option<CertFormat>,
    front: Front,
}

/// What a mode stands for: the product with its releases, and its `client_certificate_encode`.
#[derive(Debug)]
pub(super) struct Gateway {
    pub(super) releases: &'static str,
    /// Choreo Connect calls it `clientCertificateEncode`, and Identity Server has none.
    pub(super) encode: Option<&'static str>,
    /// Whether each of [`Header::ALL`] is read.
    reads: [bool; 3],
}

/// Plays one client through all of it, each gateway on a stage of its own.
pub(super) async fn play(cast: &Cast) -> Result<Vec<Row>, CommandError> {
    let client = cast.client()?;
    let mut rows = Vec::new();
    for mode in Mode::all() {
        let mut stage = Stage::set(cast, mode).await?;
        let gateway = Gateway::of(mode);
        let mut cells = Vec::new();
        for (header, read) in Header::ALL.into_iter().zip(gateway.reads) {
            let played = stage.play(header.story(mode, read, client.clone())).await?;
            cells.push(Cell { header, played });
        }
        rows.push(Row { mode, gateway, cells });
    }
    Ok(rows)
}

impl Row {
    pub(super) fn is_ok(&self) -> bool {
        self.cells.iter().all(|cell| cell.played.is_ok())
    }
}

impl Header {
    pub(super) const ALL: [Self; 3] = [
        Self { format: None, front: Front::Bare },
        Self { format: Some(CertFormat::UrlEncodedPem), front: Front::Function },
        Self { format: Some(CertFormat::SingleLinePem), front: Front::SingleLine },
    ];

    pub(super) fn name(self) -> String {
        self.format.map_or("without the function".to_owned(), |format| format.to_string())
    }

    fn story(self, mode: Mode, read: bool, client: Client) -> Story {
        let title = format!("{mode}, {}", self.name());
        let story = match (read, mode) {
            (true, _) => Story::accepted(title, client),
            // It decodes base64 strictly, and what that raises nobody catches.
            (false, Mode::IdentityServer) => {
                Story::misread(title, client).answered(Answer::Status(500, None))
            }
            (false, _) => Story::misread(title, client),
        };
        story.through(self.front)
    }
}

impl Gateway {
    pub(super) fn of(mode: Mode) -> Self {
        let (releases, encode, reads) = match mode {
            Mode::Enc31 => ("API Manager 3.1 to 4.0", Some("true"), [false, true, false]),
            Mode::Enc41 => ("API Manager 4.1 to 4.7", Some("true or unset"), [false, true, false]),
            Mode::EncFix => ("API Manager after 4.7", Some("true or unset"), [true, true, true]),
            Mode::Raw40 => ("API Manager 4.0", Some("false"), [false, false, true]),
            Mode::Raw41 => ("API Manager 4.1 and 4.2", Some("false"), [false, false, false]),
            Mode::Raw43 => ("API Manager 4.3 and later", Some("false"), [false, false, true]),
            Mode::ChoreoEnc => ("Choreo Connect", Some("true"), [false, true, false]),
            Mode::ChoreoRaw => ("Choreo Connect", Some("false or unset"), [false, false, true]),
            Mode::IdentityServer => ("Identity Server", None, [false, false, true]),
        };
        Self { releases, encode, reads }
    }
}
