/**
 * Modules that come with some Python or another: 2.7 to 3.14, Jython and Pyodide. A module of any of them needs no
 * dependency where its Python has it, and which Python that is stands in conditions that are not run here.
 */
export const standardLibrary: ReadonlySet<string> = new Set(
  `
  BaseHTTPServer ConfigParser Cookie HTMLParser Queue SimpleHTTPServer SocketServer StringIO Tkinter
  UserDict UserList UserString __builtin__ __future__ __main__ _abc _ast _collections_abc _ctypes
  _dummy_thread _imp _io _socket _ssl _struct _thread _typeshed _warnings _weakref _weakrefset _winapi abc
  aifc annotationlib antigravity anydbm argparse array ast asynchat asyncio asyncore atexit audioop base64
  bdb binascii binhex bisect builtins bz2 cPickle cProfile cStringIO calendar cgi cgitb chunk cmath cmd
  code codecs codeop collections colorsys com commands compileall compression concurrent configparser
  contextlib contextvars cookielib copy copy_reg copyreg crypt csv ctypes curses dataclasses datetime
  dbhash dbm decimal difflib dircache dis distutils dl doctest dummy_threading email encodings ensurepip
  enum errno exceptions faulthandler fcntl filecmp fileinput fnmatch formatter fpformat fractions ftplib
  functools future_builtins gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac
  html htmlentitydefs http httplib idlelib imaplib imghdr imp importlib inspect io ipaddress itertools java
  js json keyword lib2to3 linecache locale logging lzma macpath mailbox mailcap marshal math md5 mimetools
  mimetypes mimify mmap modulefinder msilib msvcrt multiprocessing netrc new nis nntplib nt ntpath
  nturl2path numbers opcode operator optparse org os ossaudiodev parser pathlib pdb pickle pickletools
  pipes pkgutil platform plistlib popen2 poplib posix posixpath pprint profile pstats pty pwd py_compile
  pyclbr pydoc pydoc_data pyexpat pyodide pyodide_js queue quopri random re readline repr reprlib resource
  rfc822 rlcompleter robotparser runpy sched secrets select selectors sets sha shelve shlex shutil signal
  site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat
  statistics string stringprep struct subprocess sunau symbol symtable sys sysconfig syslog tabnanny
  tarfile telnetlib tempfile termios test textwrap this thread threading time timeit tkFileDialog
  tkMessageBox tkinter token tokenize tomllib trace traceback tracemalloc ttk tty turtle turtledemo types
  typing unicodedata unittest urllib urllib2 urlparse user uu uuid venv warnings wave weakref webbrowser
  whichdb winreg winsound wsgiref xdrlib xml xmlrpc xmlrpclib zipapp zipfile zipimport zlib zoneinfo
`
    .trim()
    .split(/\s+/),
)
