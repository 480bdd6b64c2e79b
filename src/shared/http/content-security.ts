/**
 * What the app's own pages may do: nothing from elsewhere, nothing inline, no frames. Styles set by scripts go
 * through the CSSOM, which is no inline style.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
