//! Mails to users, and the links in them.

use super::names::ObjectId;
use super::object::ParseObject;

/// Why a user gets a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailKind {
    /// To prove the address.
    VerifyEmail,
    /// To set a new password.
    ResetPassword,
}

impl MailKind {
    pub const ALL: [Self; 2] = [Self::VerifyEmail, Self::ResetPassword];

    /// As it is stored and told to webhooks.
    pub fn name(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verificationEmail",
            Self::ResetPassword => "passwordResetEmail",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The page that the link leads to.
    fn page(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "request_password_reset",
        }
    }

    /// Where the mail goes; a user without an address may have one as its name.
    pub fn recipient(self, user: &ParseObject) -> Option<&str> {
        let email = user.text("email").filter(|email| !email.is_empty());
        match self {
            Self::VerifyEmail => email,
            Self::ResetPassword => email.or_else(|| user.text("username")),
        }
    }
}

/// A mail that is ready to go.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    pub kind: MailKind,
    pub user: ObjectId,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    pub link: String,
}

/// Addresses and tokens are nobody else's business.
impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail")
            .field("kind", &self.kind)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// Where the pages are, as users' browsers see it.
#[derive(Debug, Clone)]
pub struct PageAddress {
    /// Scheme, host and mount path.
    pub public_server_url: String,
    pub pages_endpoint: String,
    pub application_id: String,
    /// A page of the operator that shows ours in a frame.
    pub parse_frame_url: Option<String>,
}

impl PageAddress {
    /// The link of a mail.
    pub fn link(&self, kind: MailKind, token: &str) -> String {
        let path = format!(
            "/{}/{}/{}",
            self.pages_endpoint,
            self.application_id,
            kind.page()
        );
        let token = encode(token);
        match &self.parse_frame_url {
            Some(frame) => format!("{frame}?link={}&token={token}", encode(&path)),
            None => format!("{}{path}?token={token}", self.public_server_url),
        }
    }
}

/// As JavaScript's `encodeURIComponent`.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_page_or_into_a_frame() {
        let mut address = PageAddress {
            public_server_url: "https://cats.example/parse".to_owned(),
            pages_endpoint: "apps".to_owned(),
            application_id: "cats".to_owned(),
            parse_frame_url: None,
        };
        assert_eq!(
            address.link(MailKind::VerifyEmail, "a/b"),
            "https://cats.example/parse/apps/cats/verify_email?token=a%2Fb"
        );
        address.parse_frame_url = Some("https://cats.example/frame".to_owned());
        assert_eq!(
            address.link(MailKind::ResetPassword, "t"),
            "https://cats.example/frame?link=%2Fapps%2Fcats%2Frequest_password_reset&token=t"
        );
    }

    #[test]
    fn kinds_have_names() {
        for kind in MailKind::ALL {
            assert_eq!(MailKind::parse(kind.name()), Some(kind));
        }
    }
}
