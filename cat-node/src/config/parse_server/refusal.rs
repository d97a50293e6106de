//! Why an option of parse-server stops the start.

/// An option of parse-server that cat-node cannot start with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseServerOptionError {
    #[error(
        "{0} is set, but parse-server has no such option, or cat-node does not know it; unset it, or see config.default.toml for what there is"
    )]
    UnknownName(String),
    #[error("error: unknown option {0}")]
    UnknownOption(String),
    #[error("{group} contains unknown property '{name}'.")]
    UnknownMember { group: String, name: String },
    #[error("the option {option} must be {expected}")]
    WrongKind {
        option: String,
        expected: &'static str,
    },
    #[error("the option {option} cannot be honoured: {}", reason.text())]
    NotHonoured { option: String, reason: Reason },
    #[error("Multiple apps are not supported")]
    SeveralApps,
    #[error("the options must be a JSON object")]
    NoObject,
}

/// What stands against an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    JavaScript,
    Adapter,
    Node,
    Files,
    Push,
    LiveQuery,
    GraphQl,
    Logs,
    Redis,
    Driver,
}

impl Reason {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "javascript" => Self::JavaScript,
            "adapter" => Self::Adapter,
            "node" => Self::Node,
            "files" => Self::Files,
            "push" => Self::Push,
            "live-query" => Self::LiveQuery,
            "graphql" => Self::GraphQl,
            "logs" => Self::Logs,
            "redis" => Self::Redis,
            "driver" => Self::Driver,
            _ => return None,
        })
    }

    fn text(self) -> &'static str {
        match self {
            Self::JavaScript => "it takes JavaScript, which cat-node does not run",
            Self::Adapter => {
                "it takes a JavaScript module in place of a part of the server; cat-node has that part built in"
            }
            Self::Node => "it steers Node.js, which cat-node does not run on",
            Self::Files => "cat-node does not serve files yet",
            Self::Push => "cat-node does not send pushes yet",
            Self::LiveQuery => "cat-node has no LiveQuery yet",
            Self::GraphQl => "cat-node has no GraphQL yet",
            Self::Logs => "cat-node logs to standard output; see [log] in config.default.toml",
            Self::Redis => "cat-node does not use Redis",
            Self::Driver => "cat-node's MongoDB driver has no such option",
        }
    }
}
