/// How a lab is drawn; an exercise names the one it was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    /// Servers, clients and what flies between them.
    Ensemble,
    /// The tree, sessions and watches.
    Znodes,
    /// Who watches what.
    Watches,
    /// An election among clients.
    Election,
    /// The ensemble under the ribbon of Zab's phases.
    Phases,
    /// The servers' logs, aligned.
    Logs,
    /// The sides of a cut.
    Partition,
}

pub(crate) const FIGURES: [Figure; 7] = [
    Figure::Ensemble,
    Figure::Znodes,
    Figure::Watches,
    Figure::Election,
    Figure::Phases,
    Figure::Logs,
    Figure::Partition,
];

impl Figure {
    /// As exercises name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Figure::Ensemble => "ensemble",
            Figure::Znodes => "znodes",
            Figure::Watches => "watches",
            Figure::Election => "election",
            Figure::Phases => "phases",
            Figure::Logs => "logs",
            Figure::Partition => "partition",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Figure> {
        FIGURES.into_iter().find(|figure| figure.name() == name)
    }
}
