#!/bin/sh
# Loads slipway.vcl anew and lets go of what it replaces. $1: what `varnishd -n` was given; $2: the file.
set -e
name="slipway-$(date +%s%N)"
varnishadm -n "$1" vcl.load "$name" "$2"
varnishadm -n "$1" vcl.use "$name"
varnishadm -n "$1" vcl.list | awk '$1 == "available" { print $NF }' | while read -r old; do
  varnishadm -n "$1" vcl.discard "$old" || true
done
