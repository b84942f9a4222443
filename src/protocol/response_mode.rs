//! Where the authorizer puts the response (OAuth 2.0 Multiple Response Type Encoding Practices, section 2.1).

/// How the client asks the authorizer to return the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum ResponseMode {
    /// In the query: the default of the code flow, which the request does not name.
    #[default]
    Query,
    /// In the fragment (Multiple Response Types, section 2.1).
    Fragment,
    /// In the body of a form post (Form Post Response Mode, section 2).
    FormPost,
    /// In the query, as one signed document (JARM, section 2.3.1).
    #[cfg_attr(feature = "serde", serde(rename = "query.jwt"))]
    QueryJwt,
    /// In the fragment, as one signed document (JARM, section 2.3.2).
    #[cfg_attr(feature = "serde", serde(rename = "fragment.jwt"))]
    FragmentJwt,
    /// In the body of a form post, as one signed document (JARM, section 2.3.3).
    #[cfg_attr(feature = "serde", serde(rename = "form_post.jwt"))]
    FormPostJwt,
}

impl ResponseMode {
    /// All response modes.
    pub const ALL: [Self; 6] =
        [Self::Query, Self::Fragment, Self::FormPost, Self::QueryJwt, Self::FragmentJwt, Self::FormPostJwt];

    /// The name in the protocol.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
            Self::QueryJwt => "query.jwt",
            Self::FragmentJwt => "fragment.jwt",
            Self::FormPostJwt => "form_post.jwt",
        }
    }

    /// The mode with exactly this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// Whether the response must be one signed document.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::QueryJwt | Self::FragmentJwt | Self::FormPostJwt)
    }

    /// The plain mode that puts the response in the same place.
    #[must_use]
    pub const fn component(self) -> Self {
        match self {
            Self::Query | Self::QueryJwt => Self::Query,
            Self::Fragment | Self::FragmentJwt => Self::Fragment,
            Self::FormPost | Self::FormPostJwt => Self::FormPost,
        }
    }
}
