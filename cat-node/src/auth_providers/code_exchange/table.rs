//! What each provider of codes wants, answers and refuses with, as data.

use crate::domain::error::ErrorCode;

/// A refusal; `{reason}` is the status line of the provider's answer.
pub type Text = (ErrorCode, &'static str);

#[derive(Debug)]
pub struct CodeProvider {
    pub name: &'static str,
    /// In texts.
    pub title: &'static str,
    pub exchange: Exchange,
    pub profile: Profile,
}

/// Code for access token.
#[derive(Debug)]
pub struct Exchange {
    pub url: &'static str,
    pub body: Body,
    pub fields: &'static [(&'static str, Value)],
    /// What the client has to bring.
    pub needs: &'static [&'static str],
    pub needs_refusal: &'static str,
    pub failure: Text,
    /// The field of the answer that names the user, where the profile does not.
    pub subject: Option<&'static str>,
}

#[derive(Debug, Clone, Copy)]
pub enum Body {
    Form,
    Json,
    Query,
}

#[derive(Debug, Clone, Copy)]
pub enum Value {
    ClientId,
    ClientSecret,
    Fixed(&'static str),
    /// What the client brought under this name.
    Given(&'static str),
    RedirectUri,
}

/// Access token for user.
#[derive(Debug)]
pub struct Profile {
    pub url: &'static str,
    pub proof: Proof,
    pub headers: &'static [(&'static str, &'static str)],
    /// The claimed id is the last segment of the path.
    pub is_by_id: bool,
    /// The field that holds the user's id; `None`: the answer confirms the id that was asked about.
    pub id: Option<&'static str>,
    /// The field that holds the app's id.
    pub audience: Option<&'static str>,
    /// What a real answer has beside.
    pub also: &'static [&'static str],
    pub failure: Text,
    pub invalid: Text,
}

#[derive(Debug, Clone, Copy)]
pub enum Proof {
    Bearer,
    Query,
    QueryWithId,
    Form,
}

const NOT_FOUND: ErrorCode = ErrorCode::OBJECT_NOT_FOUND;
const INVALID: ErrorCode = ErrorCode::VALIDATION_ERROR;

const BY_FORM: &[(&str, Value)] = &[
    ("client_id", Value::ClientId),
    ("client_secret", Value::ClientSecret),
    ("grant_type", Value::Fixed("authorization_code")),
    ("redirect_uri", Value::RedirectUri),
    ("code", Value::Given("code")),
];

const PROFILE: Profile = Profile {
    url: "",
    proof: Proof::Bearer,
    headers: &[],
    is_by_id: false,
    id: Some("id"),
    audience: None,
    also: &[],
    failure: (NOT_FOUND, ""),
    invalid: (NOT_FOUND, ""),
};

const EXCHANGE: Exchange = Exchange {
    url: "",
    body: Body::Form,
    fields: BY_FORM,
    needs: &[],
    needs_refusal: "",
    failure: (NOT_FOUND, ""),
    subject: None,
};

pub const CODE_PROVIDERS: &[CodeProvider] = &[
    CodeProvider {
        name: "github",
        title: "GitHub",
        exchange: Exchange {
            url: "https://github.com/login/oauth/access_token",
            body: Body::Json,
            fields: &[
                ("client_id", Value::ClientId),
                ("client_secret", Value::ClientSecret),
                ("code", Value::Given("code")),
            ],
            failure: (INVALID, "Failed to exchange code for token: {reason}"),
            ..EXCHANGE
        },
        profile: Profile {
            url: "https://api.github.com/user",
            headers: &[("user-agent", "cat-node")],
            also: &["login"],
            failure: (INVALID, "Failed to fetch GitHub user: {reason}"),
            invalid: (INVALID, "Invalid GitHub user data received."),
            ..PROFILE
        },
    },
    CodeProvider {
        name: "gpgames",
        title: "gpgames",
        exchange: Exchange {
            url: "https://oauth2.googleapis.com/token",
            body: Body::Json,
            fields: &[
                ("client_id", Value::ClientId),
                ("client_secret", Value::ClientSecret),
                ("code", Value::Given("code")),
                ("redirect_uri", Value::Given("redirectUri")),
                ("grant_type", Value::Fixed("authorization_code")),
            ],
            failure: (INVALID, "Failed to exchange code for token: {reason}"),
            ..EXCHANGE
        },
        profile: Profile {
            url: "https://www.googleapis.com/games/v1/players",
            is_by_id: true,
            id: Some("playerId"),
            failure: (
                INVALID,
                "Failed to fetch Google Play Games Services user: {reason}",
            ),
            invalid: (
                INVALID,
                "Invalid Google Play Games Services user data received.",
            ),
            ..PROFILE
        },
    },
    CodeProvider {
        name: "instagram",
        title: "Instagram",
        exchange: Exchange {
            url: "https://api.instagram.com/oauth/access_token",
            failure: (NOT_FOUND, "Instagram API request failed."),
            ..EXCHANGE
        },
        profile: Profile {
            url: "https://graph.instagram.com/me?fields=id",
            proof: Proof::Query,
            failure: (NOT_FOUND, "Instagram API request failed."),
            invalid: (NOT_FOUND, "Instagram auth is invalid for this user."),
            ..PROFILE
        },
    },
    CodeProvider {
        name: "line",
        title: "Line",
        exchange: Exchange {
            url: "https://api.line.me/oauth2/v2.1/token",
            failure: (NOT_FOUND, "Failed to exchange code for token: {reason}"),
            ..EXCHANGE
        },
        profile: Profile {
            url: "https://api.line.me/v2/profile",
            id: Some("userId"),
            failure: (NOT_FOUND, "Failed to fetch Line user: {reason}"),
            invalid: (INVALID, "Invalid Line user data received."),
            ..PROFILE
        },
    },
    CodeProvider {
        name: "linkedin",
        title: "LinkedIn",
        exchange: Exchange {
            url: "https://www.linkedin.com/oauth/v2/accessToken",
            failure: (NOT_FOUND, "LinkedIn API request failed."),
            ..EXCHANGE
        },
        profile: Profile {
            url: "https://api.linkedin.com/v2/me",
            headers: &[("x-li-format", "json")],
            failure: (NOT_FOUND, "LinkedIn API request failed."),
            invalid: (NOT_FOUND, "LinkedIn auth is invalid for this user."),
            ..PROFILE
        },
    },
    CodeProvider {
        name: "microsoft",
        title: "Microsoft",
        exchange: Exchange {
            url: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
            failure: (NOT_FOUND, "Microsoft API request failed."),
            ..EXCHANGE
        },
        profile: Profile {
            url: "https://graph.microsoft.com/v1.0/me",
            failure: (NOT_FOUND, "Microsoft API request failed."),
            invalid: (NOT_FOUND, "Microsoft auth is invalid for this user."),
            ..PROFILE
        },
    },
    CodeProvider {
        name: "qq",
        title: "qq",
        exchange: Exchange {
            url: "https://graph.qq.com/oauth2.0/token",
            body: Body::Query,
            fields: &[
                ("grant_type", Value::Fixed("authorization_code")),
                ("client_id", Value::ClientId),
                ("client_secret", Value::ClientSecret),
                ("redirect_uri", Value::RedirectUri),
                ("code", Value::Given("code")),
                ("fmt", Value::Fixed("json")),
            ],
            failure: (NOT_FOUND, "qq API request failed."),
            ..EXCHANGE
        },
        profile: Profile {
            url: "https://graph.qq.com/oauth2.0/me",
            proof: Proof::Query,
            id: Some("openid"),
            audience: Some("client_id"),
            failure: (NOT_FOUND, "qq API request failed."),
            invalid: (NOT_FOUND, "qq auth is invalid for this user."),
            ..PROFILE
        },
    },
    CodeProvider {
        name: "spotify",
        title: "spotify",
        exchange: Exchange {
            url: "https://accounts.spotify.com/api/token",
            fields: &[
                ("grant_type", Value::Fixed("authorization_code")),
                ("code", Value::Given("code")),
                ("redirect_uri", Value::RedirectUri),
                ("code_verifier", Value::Given("code_verifier")),
                ("client_id", Value::ClientId),
            ],
            needs: &["redirect_uri", "code_verifier"],
            needs_refusal: "Spotify auth configuration authData.code and/or authData.redirect_uri and/or \
                            authData.code_verifier.",
            failure: (NOT_FOUND, "Spotify API request failed."),
            ..EXCHANGE
        },
        profile: Profile {
            url: "https://api.spotify.com/v1/me",
            failure: (NOT_FOUND, "Spotify API request failed."),
            invalid: (NOT_FOUND, "spotify auth is invalid for this user."),
            ..PROFILE
        },
    },
    CodeProvider {
        name: "wechat",
        title: "WeChat",
        exchange: Exchange {
            url: "https://api.weixin.qq.com/sns/oauth2/access_token",
            body: Body::Query,
            fields: &[
                ("appid", Value::ClientId),
                ("secret", Value::ClientSecret),
                ("code", Value::Given("code")),
                ("grant_type", Value::Fixed("authorization_code")),
            ],
            failure: (NOT_FOUND, "WeChat auth is invalid for this user."),
            subject: Some("openid"),
            ..EXCHANGE
        },
        profile: Profile {
            url: "https://api.weixin.qq.com/sns/auth",
            proof: Proof::QueryWithId,
            id: None,
            also: &["errcode"],
            failure: (NOT_FOUND, "WeChat auth is invalid for this user."),
            invalid: (NOT_FOUND, "WeChat auth is invalid for this user."),
            ..PROFILE
        },
    },
    CodeProvider {
        name: "weibo",
        title: "Weibo",
        exchange: Exchange {
            url: "https://api.weibo.com/oauth2/access_token",
            needs: &["redirect_uri"],
            needs_refusal: "Weibo auth requires code and redirect_uri to be sent.",
            failure: (NOT_FOUND, "Weibo auth is invalid for this user."),
            ..EXCHANGE
        },
        profile: Profile {
            url: "https://api.weibo.com/oauth2/get_token_info",
            proof: Proof::Form,
            id: Some("uid"),
            audience: Some("appkey"),
            failure: (NOT_FOUND, "Weibo auth is invalid for this user."),
            invalid: (NOT_FOUND, "Weibo auth is invalid for this user."),
            ..PROFILE
        },
    },
];
