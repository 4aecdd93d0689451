/**
 * `slipway-env/choices.cjs`: what was chosen for this process, and which request for a module it answers. A package
 * keeps the dependencies it came with: what stands in a `node_modules` folder gets those, and a choice only where it
 * has none.
 */
export const NODE_CHOICES = String.raw`'use strict'
const { builtinModules } = require('node:module')
const path = require('node:path')
const { fileURLToPath, pathToFileURL } = require('node:url')

function read(name) {
  const given = JSON.parse(process.env[name] || '[]').filter(({ ecosystem }) => ecosystem === 'npm')
  return new Map(given.map((choice) => [choice.name, choice]))
}

// One register for the process, however many copies of this file it loads.
const key = Symbol.for('slipway-env.chosen')
globalThis[key] = globalThis[key] || read('SLIPWAY_ENV_WITH')

/** What "slipway env run --with" chose for this process and its children, and what was asked for since. */
exports.chosen = globalThis[key]

/** What the process that started this one asked for: a child may ask for something else. */
exports.inherited = read('SLIPWAY_ENV_HELD_NODE')

/** demo-lib@1.2 and demo-lib@1.2/part: what is asked for, and the specifier without the version. Null for all others. */
exports.versioned = (specifier) => {
  const found = /^(@[^/@:]+\/[^/@:]+|[^@/.#:][^/@:]*)@(v?\d[\w.+-]*)(\/.*)?$/.exec(specifier)
  return found === null ? null : { name: found[1], version: found[2], plain: found[1] + (found[3] || '') }
}

/** The package that a specifier names. */
exports.nameOf = (specifier) =>
  specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')

/**
 * Where a request starts that a choice answers, as a file, and what is asked for there; null for every other request.
 * isLast says that the importer's own folders are looked at first. Whoever names a version makes the choice.
 */
exports.startFor = (specifier, importer) => {
  if (/^[./#]|^[A-Za-z][\w+.-]*:/.test(specifier) || builtinModules.includes(specifier)) return null
  const asked = exports.versioned(specifier)
  const place = /^file:/.test(importer || '') ? fileURLToPath(importer) : importer || 'somebody'
  if (asked !== null) require('./index.cjs').choose(asked.name, asked.version, place)
  const plain = asked === null ? specifier : asked.plain
  const choice = exports.chosen.get(exports.nameOf(plain))
  if (choice === undefined) return null
  const folder = choice.modules === undefined ? choice.folder : path.dirname(choice.modules)
  const file = path.join(folder, 'slipway-env.cjs')
  const isLast = asked === null && /[\\/]node_modules[\\/]/.test(place)
  return { file, url: pathToFileURL(file).href, plain, isLast }
}
`

/** `slipway-env/hooks.mjs`: the same for `import`, on a Node that asks such hooks in a thread of their own. */
export const NODE_HOOKS = `import choices from './choices.cjs'

export async function resolve(specifier, context, next) {
  const start = choices.startFor(specifier, context.parentURL)
  if (start === null) return next(specifier, context)
  const chosen = { ...context, parentURL: start.url }
  if (!start.isLast) return next(start.plain, chosen)
  try {
    return await next(specifier, context)
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    return next(specifier, chosen)
  }
}
`

/**
 * `slipway-env/register.cjs`, which `env run` has every Node process read first, and who names versions in specifiers
 * by `--require`: `require` and `import` get the chosen versions, whatever else the importer could find.
 */
export const NODE_REGISTER = `'use strict'
const Module = require('node:module')
const { pathToFileURL } = require('node:url')
const { startFor } = require('./choices.cjs')

const key = Symbol.for('slipway-env.registered')
if (globalThis[key] === undefined) {
  globalThis[key] = true
  const find = Module._resolveFilename
  Module._resolveFilename = function (specifier, parent, isMain, options) {
    const start = typeof specifier === 'string' && !isMain ? startFor(specifier, parent && parent.filename) : null
    if (start === null) return find.call(this, specifier, parent, isMain, options)
    const inside = () => find.call(this, start.plain, parentAt(start.file), false)
    if (!start.isLast) return inside()
    try {
      return find.call(this, specifier, parent, isMain, options)
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error
      return inside()
    }
  }

  if (typeof Module.registerHooks === 'function') {
    Module.registerHooks({
      resolve(specifier, context, next) {
        // What require asks for was answered above.
        const start = context.conditions.includes('import') ? startFor(specifier, context.parentURL) : null
        if (start === null) return next(specifier, context)
        const chosen = { ...context, parentURL: start.url }
        if (!start.isLast) return next(start.plain, chosen)
        try {
          return next(specifier, context)
        } catch (error) {
          if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
          return next(specifier, chosen)
        }
      },
    })
  } else if (typeof Module.register === 'function') {
    Module.register('./hooks.mjs', pathToFileURL(__filename))
  }
}

/** Somebody who requires from there. */
function parentAt(file) {
  const parent = new Module(file, null)
  parent.filename = file
  parent.paths = Module._nodeModulePaths(require('node:path').dirname(file))
  return parent
}
`
