"""The domain name system: what names resolve to, and what their zones say."""
