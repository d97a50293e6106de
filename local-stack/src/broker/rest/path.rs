//! What a REST path means.

/// A resource or a collection, and what is to be done with it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target<'p> {
    Topics { project: String },
    Topic { name: String, action: &'p str },
    Subscriptions { project: String },
    Subscription { name: String, action: &'p str },
    Snapshots { project: String },
    Snapshot { name: String },
}

impl<'p> Target<'p> {
    /// Reads `/v1/projects/P/topics/T:publish` and the like. An action is the part after the colon, or a
    /// collection below the resource; without one it is empty.
    pub(super) fn parse(path: &'p str) -> Option<Self> {
        let mut parts = path.strip_prefix("/v1/projects/")?.split('/');
        let (project, collection) = (parts.next()?, parts.next()?);
        let (id, below) = (parts.next(), parts.next());
        if project.is_empty() || parts.next().is_some() {
            return None;
        }
        let project = format!("projects/{project}");
        let Some(id) = id else {
            return Some(match collection {
                "topics" => Self::Topics { project },
                "subscriptions" => Self::Subscriptions { project },
                "snapshots" => Self::Snapshots { project },
                _ => return None,
            });
        };
        let (id, verb) = id.split_once(':').unwrap_or((id, ""));
        let action = match below {
            None => verb,
            Some(below) if verb.is_empty() && collection == "topics" => below,
            Some(_) => return None,
        };
        let name = format!("{project}/{collection}/{id}");
        Some(match collection {
            "topics" => Self::Topic { name, action },
            "subscriptions" => Self::Subscription { name, action },
            "snapshots" if action.is_empty() => Self::Snapshot { name },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_resources_and_actions() {
        let topic = |action| {
            Some(Target::Topic {
                name: "projects/p/topics/t".to_owned(),
                action,
            })
        };
        assert_eq!(Target::parse("/v1/projects/p/topics/t"), topic(""));
        assert_eq!(
            Target::parse("/v1/projects/p/topics/t:publish"),
            topic("publish")
        );
        assert_eq!(
            Target::parse("/v1/projects/p/topics/t/subscriptions"),
            topic("subscriptions")
        );
        let project = "projects/p".to_owned();
        assert_eq!(
            Target::parse("/v1/projects/p/snapshots"),
            Some(Target::Snapshots { project })
        );
        for unknown in [
            "/",
            "/v1",
            "/v1/projects/p",
            "/v1/projects/p/schemas",
            "/v1/projects//topics",
            "/v1/projects/p/topics/t/x/y",
            "/v2/projects/p/topics/t",
        ] {
            assert_eq!(Target::parse(unknown), None, "{unknown}");
        }
    }
}
