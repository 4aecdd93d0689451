# Varnish in front of Slipway: it chooses the view of each request itself and keeps documents. Needs Varnish 7 and the
# digest module (Debian: varnish-vmod-digest). The rules are VCL too (rules.vcl), written by watch-rules.js, which
# loads this file anew whenever they have changed; Slipway runs with `edge: true` and names this Varnish in
# `trustedProxies`.
vcl 4.1;
import std;
import digest;

include "rules.vcl";

backend default {
  .host = "127.0.0.1";
  .port = "8080";
  .connect_timeout = 1s;
  .first_byte_timeout = 10s;
}

sub vcl_recv {
  # Varnish adds the client's address to this list itself; what came with the request is what counts.
  set req.http.X-Slipway-Forwarded = regsub(req.http.X-Forwarded-For, "(?:^|,\s*)[^,]*$", "");
  unset req.http.X-Slipway-Key;
  unset req.http.X-Slipway-Fresh;
  unset req.http.X-Slipway-Prefix;
  set req.http.X-Slipway-Doc = "0";
  set req.http.X-Slipway-View = "";

  # Uploads, whoever brings credentials, and questions go to Slipway as they are.
  if ((req.method != "GET" && req.method != "HEAD") || req.http.Authorization || req.http.Slipway-Explain || req.url ~ "\?") { return (pass); }

  set req.http.X-Slipway-Rest = req.url;
  if (req.url ~ "^/as/[A-Za-z0-9._~-]{1,200}/") {
    set req.http.X-Slipway-Key = regsub(req.url, "^/as/([^/]+)/.*$", "\1");
    set req.http.X-Slipway-Rest = regsub(req.url, "^/as/[^/]+", "");
  } elseif (req.url ~ "^(?:/channel/(?:stable|candidate)|/view/[a-z2-7.]+)/") {
    set req.http.X-Slipway-Prefix = regsub(req.url, "^(/[^/]+/[^/]+)/.*$", "\1");
    set req.http.X-Slipway-Rest = regsub(req.url, "^/[^/]+/[^/]+", "");
  }

  # Documents only: files are the same for everybody, and Slipway or its upstream sends them.
  set req.http.X-Slipway-Package = regsub(regsub(req.http.X-Slipway-Rest, "(?i)%2f", "/"), "(?i)%40", "@");
  if (req.http.X-Slipway-Package ~ "^/npm/(?:@[a-z0-9~_.-][a-z0-9~._-]*/)?[a-z0-9~_-][a-z0-9~._-]*$") {
    set req.http.X-Slipway-Package = regsub(req.http.X-Slipway-Package, "^/", "");
  } elseif (req.http.X-Slipway-Package ~ "^/pypi/simple/[a-z0-9]+(?:-[a-z0-9]+)*/$") {
    set req.http.X-Slipway-Package = regsub(req.http.X-Slipway-Package, "^/pypi/simple/(.*)/$", "pypi/\1");
  } else {
    return (pass);
  }

  if (!req.http.X-Slipway-Prefix && !req.http.X-Slipway-Key) { call slipway_asker; }
  call slipway_rules;
  if (!req.http.X-Slipway-Fresh && req.http.X-Slipway-Prefix == "/channel/candidate") {
    set req.http.X-Slipway-Prefix = "/channel/stable";
  }
  if (!req.http.X-Slipway-Prefix) {
    if (req.http.X-Slipway-View == "") { set req.http.X-Slipway-View = "stable."; }
    set req.http.X-Slipway-Prefix = "/view/" + regsub(req.http.X-Slipway-View, "\.$", "");
  }

  # The address says which view, and so the cache needs to know nothing else.
  set req.url = req.http.X-Slipway-Prefix + req.http.X-Slipway-Rest + "?";
  if (req.http.X-Slipway-Package ~ "^npm/" && req.http.User-Agent ~ "(?i)^(?:pnpm/|got(?: |$)|yarn/(?:[2-9]|[0-9][0-9]))") {
    set req.url = req.url + "files=registry&";
  }
  set req.url = req.url + "doc=" + req.http.X-Slipway-Doc;
  unset req.http.User-Agent;
  unset req.http.X-Forwarded-For;
  unset req.http.Cookie;
  return (hash);
}

sub vcl_hash {
  hash_data(req.url);
  hash_data(req.http.Accept);
  return (lookup);
}

sub vcl_backend_fetch {
  unset bereq.http.X-Slipway-Key;
  unset bereq.http.X-Slipway-Client;
  unset bereq.http.X-Slipway-Net;
  unset bereq.http.X-Slipway-Chain;
  unset bereq.http.X-Slipway-Forwarded;
}

sub vcl_backend_response {
  if (bereq.uncacheable) { return (deliver); }
  # Who asks is in the address; gzip is Varnish's own.
  unset beresp.http.Vary;
  if (beresp.status == 200) {
    set beresp.ttl = 10m;
    # Slipway lists what changed for a day, so an old document is never shown as new.
    set beresp.grace = 1d;
  } elseif (beresp.status >= 500) {
    return (abandon);
  } else {
    set beresp.ttl = 10s;
  }
  return (deliver);
}
