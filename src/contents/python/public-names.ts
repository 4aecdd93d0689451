/** Folders whose modules nobody is meant to import from outside. */
const inner =
  /(^|\.)(_[^.]*|tests?|testing_?utils|_vendor|vendor(ed)?|third_party|extern|conftest|docs?|examples?|benchmarks?|scripts|setup|__main__|test_[^.]*|[^.]*_tests?|[^.]*_pb2(_grpc)?)(\.|$)/

/** Whether a module is part of what a package offers. */
export const isPublicModule = (module: string): boolean => !inner.test(module)

/** Whether a module is one that tests, vendored copies or tools use; a `tools` beside the package is there by mistake. */
export const isInnerModule = (module: string): boolean =>
  /(^|\.)(tests?|_vendor|vendor(ed)?|third_party|extern|docs?|examples?|benchmarks?|conftest)(\.|$)|^(tools|scripts|ci|tasks)(\.|$)/.test(
    module,
  )

/** Whether a build tool writes a module to hold the version; the next tool writes it elsewhere. */
export const isWrittenByBuild = (module: string): boolean =>
  /(^|\.)(_version|__version__|_version_info|_build_info)$/.test(module)

/** Whether a name is offered: no underscore in front. */
export const isPublicName = (name: string): boolean =>
  !name.startsWith('_') && !/^(setup|teardown)_(module|class|function)$|^test_/.test(name)

/** Deeper than a package and its modules: seldom what people import, and as often changed in good releases as in bad. */
export const isInnerPart = (module: string): boolean => module.split('.').length > 2
