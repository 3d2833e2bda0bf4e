//! What belongs to a value besides secrets, and may take long to read.

use tower::BoxError;

/// A part of a value that is kept somewhere else than in secrets.
pub trait Supplement: Send + Sync {
    /// What goes into the value.
    type Part: Default + Send + Sync;

    /// The part as it is now. Where there is something new that takes long to read, whoever may not wait gets what
    /// was there before.
    fn current(
        &self,
        may_wait: bool,
    ) -> impl Future<Output = Result<Held<Self::Part>, BoxError>> + Send;

    /// The part as it was last read, if it was.
    fn last(&self) -> Option<Held<Self::Part>>;

    /// Whether something new has been found, and is not read to its end.
    fn is_being_read(&self) -> bool;

    /// Goes on with reading what is new, if there is anything. It may be left alone at any time, and gone on with.
    fn read_on(&self) -> impl Future<Output = Result<(), BoxError>> + Send;
}

/// A part as it is there.
pub struct Held<P> {
    /// What goes into the value.
    pub part: P,
    /// By what it is known again; none where there is nothing to know.
    pub version: Option<String>,
    /// Whether it is what is kept there now, or what was there before.
    pub is_current: bool,
}

impl<P: Default> Held<P> {
    /// Nothing belongs to the value besides secrets.
    pub fn nothing() -> Self {
        Self { part: P::default(), version: None, is_current: true }
    }
}

/// Of most values secrets are all there is.
impl Supplement for () {
    type Part = ();

    async fn current(&self, _: bool) -> Result<Held<()>, BoxError> {
        Ok(Held::nothing())
    }

    fn last(&self) -> Option<Held<()>> {
        Some(Held::nothing())
    }

    fn is_being_read(&self) -> bool {
        false
    }

    async fn read_on(&self) -> Result<(), BoxError> {
        Ok(())
    }
}
