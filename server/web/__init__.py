"""The API over HTTP: the application, its middleware, and the GraphQL protocols."""
