//! Marks: words after a query's name that allow what is refused otherwise, or ask for more functions.

/// One mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// An UPDATE or DELETE without WHERE is meant.
    AllRows,
    /// The statement may read large tables as a whole: it is run now and then, not per request.
    Report,
    /// LIMIT without ORDER BY is meant: any rows will do.
    Unordered,
    /// `:word` in a string is text, not a parameter that was put into quotes by mistake.
    LiteralColons,
    /// The statement changes the session on purpose: its connection is not one of a pool.
    Session,
    /// The statement only reads, and must see the latest commit: a replica will not do.
    Primary,
    /// A function that runs the statement for many rows at once is wanted, too.
    Batch,
    /// A function that inserts rows by COPY is wanted, too.
    CopyIn,
    /// A function that returns the rows by COPY is wanted, too.
    CopyOut,
    /// The rows are read in pages, from a cursor on.
    Page,
}

impl Mark {
    pub(crate) const ALL: [Self; 10] = [
        Self::AllRows,
        Self::Report,
        Self::Unordered,
        Self::LiteralColons,
        Self::Session,
        Self::Primary,
        Self::Batch,
        Self::CopyIn,
        Self::CopyOut,
        Self::Page,
    ];

    /// The word in the annotation.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AllRows => "all_rows",
            Self::Report => "report",
            Self::Unordered => "unordered",
            Self::LiteralColons => "literal_colons",
            Self::Session => "session",
            Self::Primary => "primary",
            Self::Batch => "batch",
            Self::CopyIn => "copy_in",
            Self::CopyOut => "copy_out",
            Self::Page => "page",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.name() == name)
    }
}

/// The marks of a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks(Vec<Mark>);

impl Marks {
    pub(crate) fn insert(&mut self, mark: Mark) {
        if !self.has(mark) {
            self.0.push(mark);
        }
    }

    pub(crate) fn has(&self, mark: Mark) -> bool {
        self.0.contains(&mark)
    }
}
