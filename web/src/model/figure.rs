/// How a lab is drawn; an exercise names the one it was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    /// Servers, clients and what flies between them.
    Ensemble,
    /// The same under the ribbon of Zab's phases.
    Phases,
    /// The servers' logs, aligned.
    Logs,
    /// The sides of a cut.
    Partition,
}

pub(crate) const FIGURES: [Figure; 4] =
    [Figure::Ensemble, Figure::Phases, Figure::Logs, Figure::Partition];

impl Figure {
    /// As exercises name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Figure::Ensemble => "ensemble",
            Figure::Phases => "phases",
            Figure::Logs => "logs",
            Figure::Partition => "partition",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Figure> {
        FIGURES.into_iter().find(|figure| figure.name() == name)
    }
}
