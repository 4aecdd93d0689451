/**
 * Slipway's rules as VCL: what `slipway.vcl` calls to find the view of a request. VCL compares no numbers that stand
 * in texts, so a share is a pattern of the hash's first eight digits: `bucket < bp` is `digits < bp * 2^32 / 10000`.
 */
export function rulesAsVcl(rules) {
  const { mirrors, anonymous, trustedProxies } = rules
  const byAddress = mirrors.some(({ address }) => address !== undefined)
  const asksAddress = anonymous.hosted === 'address'
  return [
    `# Slipway's rules at position ${rules.position}, ${new Date(rules.at).toISOString()}. Written by watch-rules.js.`,
    // A list that nobody asks is an error to VCL.
    ...(byAddress ? acl('slipway_named', [...loopback, ...trustedProxies]) : []),
    ...(asksAddress ? acl('slipway_trusted', [...loopback, ...privateNetworks, ...trustedProxies]) : []),
    ...(byAddress || asksAddress ? acl('slipway_unreadable', ['255.255.255.255']) : []),
    ...mirrorAcls(mirrors),
    'sub slipway_asker {',
    ...(byAddress ? clientLines('slipway_named') : []),
    ...mirrors.flatMap(mirrorLines),
    ...keyLines(anonymous),
    '}',
    'sub slipway_rules {',
    `  set req.http.X-Slipway-Fresh = "yes";`,
    `  if (now > std.real2time(${Math.floor(rules.at / 1000) + 600}.0, now)) { unset req.http.X-Slipway-Fresh; }`,
    ...packageLines(rules),
    '}',
    '',
  ].join('\n')
}

const loopback = ['127.0.0.0/8', '::1/128']
const privateNetworks = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16'],
  ...['fc00::/7', 'fe80::/10'],
]

/** A pattern of all texts of eight hex digits below `bp * 2^32 / 10000`. */
export function belowPattern(bp) {
  const limit = Math.ceil((bp * 2 ** 32) / 10_000)
    .toString(16)
    .padStart(8, '0')
  const parts = []
  for (let index = 0; index < 8; index += 1) {
    const digit = Number.parseInt(limit[index], 16)
    if (digit > 0) parts.push(`${limit.slice(0, index)}${digitsBelow(digit)}`)
  }
  return `^(?:${parts.join('|')})`
}

const digitsBelow = (digit) => `[${'0123456789abcdef'.slice(0, digit)}]`

const acl = (name, networks) => [
  `acl ${name} {`,
  ...networks.map((network) => `  ${aclEntry(network)};`),
  '}',
]

function aclEntry(network) {
  const [address, bits] = network.split('/')
  return bits === undefined ? `"${address}"` : `"${address}"/${bits}`
}

const mirrorAcls = (mirrors) =>
  mirrors.flatMap(({ address }, index) =>
    address === undefined ? [] : acl(`slipway_mirror_${index}`, [address]),
  )

/**
 * The nearest hop that is not in a list, the farthest where all of them are; unset where it is no address. VCL has no
 * loops, so four proxies in a row are looked through.
 */
function clientLines(trusted) {
  const plain = (text) =>
    `regsub(regsub(regsub(${text}, "^\\s+|\\s+$", ""), "^\\[([^\\]]+)\\](?::\\d+)?$", "\\1"), "^(\\d+\\.\\d+\\.\\d+\\.\\d+):\\d+$", "\\1")`
  const address = 'std.ip(req.http.X-Slipway-Client, "255.255.255.255")'
  const hop = [
    `  if (req.http.X-Slipway-Chain && ${address} ~ ${trusted}) {`,
    `    set req.http.X-Slipway-Client = ${plain('regsub(req.http.X-Slipway-Chain, "^.*,", "")')};`,
    '    if (req.http.X-Slipway-Chain ~ ",") {',
    '      set req.http.X-Slipway-Chain = regsub(req.http.X-Slipway-Chain, ",[^,]*$", "");',
    '    } else { unset req.http.X-Slipway-Chain; }',
    '  }',
  ]
  return [
    '  set req.http.X-Slipway-Client = client.ip;',
    '  unset req.http.X-Slipway-Chain;',
    '  if (req.http.X-Slipway-Forwarded != "") { set req.http.X-Slipway-Chain = req.http.X-Slipway-Forwarded; }',
    ...hop,
    ...hop,
    ...hop,
    ...hop,
    `  if (${address} ~ slipway_unreadable) { unset req.http.X-Slipway-Client; }`,
  ]
}

function mirrorLines({ userAgent, address, view }, index) {
  const conditions = [
    ...(userAgent === undefined ? [] : [`req.http.User-Agent ~ "(?i)${quoted(userAgent)}"`]),
    ...(address === undefined
      ? []
      : [`std.ip(req.http.X-Slipway-Client, "255.255.255.255") ~ slipway_mirror_${index}`]),
  ]
  return [
    `  if (${conditions.join(' && ')}) {`,
    `    set req.http.X-Slipway-Prefix = "/channel/${view}";`,
    '    return;',
    '  }',
  ]
}

/** A chosen key, else one made of the client's network and kind. */
function keyLines({ hosted, ci }) {
  return [
    `  if (req.http.User-Agent ~ "(?:^|[\\s\\x22';,(])slipway=") {`,
    `    set req.http.X-Slipway-Key = regsub(req.http.User-Agent, "^(?:.*?[\\s\\x22';,(])?slipway=([^\\s\\x22';,()\\x5c]*).*$", "\\1");`,
    '    if (req.http.X-Slipway-Key !~ "^[A-Za-z0-9._~-]{1,200}$") { unset req.http.X-Slipway-Key; }',
    '    return;',
    '  }',
    ...(hosted === 'stable'
      ? ['  return;']
      : [
          ...(ci === 'stable'
            ? [`  if (req.http.User-Agent ~ "(?:\\x22ci\\x22: ?true\\b|(?:^|\\s)ci/[^\\s/])") { return; }`]
            : []),
          ...clientLines('slipway_trusted'),
          '  if (!req.http.X-Slipway-Client) { return; }',
          '  set req.http.X-Slipway-Kind = "other";',
          '  if (req.http.User-Agent ~ "(?i)^(?:pip|uv|poetry|pdm|npm|pnpm|yarn|bun|deno|got)(?:[/ ]|$)") {',
          '    set req.http.X-Slipway-Kind = std.tolower(regsub(req.http.User-Agent, "^([A-Za-z]+).*$", "\\1"));',
          '    if (req.http.X-Slipway-Kind == "got") { set req.http.X-Slipway-Kind = "yarn"; }',
          '  }',
          '  set req.http.X-Slipway-Net = req.http.X-Slipway-Client;',
          '  if (req.http.X-Slipway-Net ~ ":") {',
          '    set req.http.X-Slipway-Net = regsub(std.tolower(req.http.X-Slipway-Net), "%.*$", "");',
          // What `::` stands for begins within the first three groups, or behind them.
          ...['[0-9a-f]+:[0-9a-f]+:[0-9a-f]+', '[0-9a-f]+:[0-9a-f]+:', '[0-9a-f]+:', ':'].map(
            (groups, index) =>
              `    ${index === 0 ? 'if' : 'elseif'} (req.http.X-Slipway-Net ~ "^${groups}:") { set req.http.X-Slipway-Net = regsub(req.http.X-Slipway-Net, "^(${groups.replace(/:$/, '')}):.*$", "\\1"); }`,
          ),
          '    set req.http.X-Slipway-Net = regsub(req.http.X-Slipway-Net, "(?::0)+$", "") + "::/48";',
          '  } else {',
          '    set req.http.X-Slipway-Net = regsub(req.http.X-Slipway-Net, "\\.[0-9]+$", ".0/24");',
          '  }',
          '  set req.http.X-Slipway-Key = "net:" + req.http.X-Slipway-Net + ":" + req.http.X-Slipway-Kind;',
        ]),
  ]
}

/** What a request for a package sees; packages lie behind their first letters, so that few are compared. */
function packageLines({ packages, anonymous }) {
  const groups = new Map()
  for (const [id, one] of Object.entries(packages)) {
    const start = id.slice(0, id.indexOf('/') + 3)
    groups.set(start, [...(groups.get(start) ?? []), [id, one]])
  }
  return [...groups].flatMap(([start, ones]) => [
    `  if (req.http.X-Slipway-Package ~ "^${quoted(start)}") {`,
    ...ones.flatMap(([id, one]) => onePackage(id, one, anonymous)),
    '  }',
  ])
}

function onePackage(id, { doc, live, overlaid }, anonymous) {
  const hidden = overlaid === true && anonymous.overlaid === 'stable'
  const chosen = hidden ? ' && req.http.X-Slipway-Key !~ "^net:"' : ''
  return [
    `    if (req.http.X-Slipway-Package == "${id}") {`,
    `      set req.http.X-Slipway-Doc = "${doc}";`,
    ...(live.length === 0
      ? []
      : [
          `      if (req.http.X-Slipway-Fresh && req.http.X-Slipway-Key${chosen}) {`,
          ...[...live].sort((left, right) => (left.id < right.id ? -1 : 1)).map(liveLine),
          '      }',
        ]),
    '    }',
  ]
}

function liveLine({ id, salt, bp, always }) {
  const hash = (version) => `digest.hash_sha256("${version}:${salt}:" + req.http.X-Slipway-Key)`
  const add = `set req.http.X-Slipway-View = req.http.X-Slipway-View + "${id.replace(/^ro-/, '')}."`
  const ways = [
    ...(bp >= 10_000 ? ['true'] : bp > 0 ? [`${hash('v2')} ~ "${belowPattern(bp)}"`] : []),
    ...(always.length > 0 ? [`${hash('k2')} ~ "^(?:${always.join('|')})"`] : []),
  ]
  return ways.length === 0 ? `        # ${id}: nobody yet` : `        if (${ways.join(' || ')}) { ${add}; }`
}

/** A text as part of a pattern inside a VCL string. */
const quoted = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('"', '\\x22')
