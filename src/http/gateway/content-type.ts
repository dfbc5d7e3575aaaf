/** How many first bytes of a file are looked at when its name says nothing. */
export const sniffBytes = 3072;

/** The content type that a name's extension stands for; undefined when it is none of ours. */
export function contentTypeOfName(name: string): string | undefined {
  const dot = name.lastIndexOf(".");
  return dot === -1 ? undefined : byExtension.get(name.slice(dot + 1).toLowerCase());
}

// IANA's registrations and the WHATWG's names, as in Go's mime package. Text is UTF-8, except that HTML says its own.
const types = `
application/atom+xml atom
application/epub+zip epub
application/geo+json geojson
application/gzip gz tgz
application/java-archive jar
application/json json map
application/ld+json jsonld
application/manifest+json webmanifest
application/msword doc
application/octet-stream bin exe dll iso img dmg msi com
application/ogg ogx
application/pdf pdf
application/postscript ai eps ps
application/rdf+xml rdf
application/rss+xml rss
application/rtf rtf
application/vnd.android.package-archive apk
application/vnd.debian.binary-package deb
application/vnd.ipld.car car
application/vnd.ipld.dag-cbor dag-cbor
application/vnd.ipld.dag-json dag-json
application/cbor cbor
application/vnd.ms-excel xls
application/vnd.ms-fontobject eot
application/vnd.ms-powerpoint ppt
application/vnd.oasis.opendocument.presentation odp
application/vnd.oasis.opendocument.spreadsheet ods
application/vnd.oasis.opendocument.text odt
application/vnd.openxmlformats-officedocument.presentationml.presentation pptx
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx
application/vnd.openxmlformats-officedocument.wordprocessingml.document docx
application/vnd.rar rar
application/vnd.sqlite3 sqlite sqlite3 db
application/wasm wasm
application/x-7z-compressed 7z
application/x-bittorrent torrent
application/x-bzip2 bz2
application/x-sh sh
application/x-tar tar
application/x-xz xz
application/xhtml+xml xhtml xht
application/yaml yaml yml
application/zip zip
application/zstd zst
audio/aac aac adts
audio/flac flac
audio/midi mid midi
audio/mp4 m4a
audio/mpeg mp3
audio/ogg oga ogg opus spx
audio/wav wav
audio/webm weba
font/collection ttc
font/otf otf
font/ttf ttf
font/woff woff
font/woff2 woff2
image/apng apng
image/avif avif
image/bmp bmp
image/gif gif
image/heic heic
image/heif heif
image/jpeg jpeg jpg jfif pjp pjpeg
image/jxl jxl
image/png png
image/svg+xml svg svgz
image/tiff tif tiff
image/vnd.adobe.photoshop psd
image/vnd.djvu djvu djv
image/vnd.microsoft.icon ico
image/webp webp
message/rfc822 eml mht mhtml
model/gltf+json gltf
model/gltf-binary glb
model/obj obj
model/stl stl
text/calendar ics
text/css css
text/csv csv
text/html html htm ehtml shtml
text/javascript js mjs cjs
text/markdown md markdown
text/plain txt text log
text/tab-separated-values tsv
text/vcard vcf
text/vtt vtt
text/xml xml xbl xsl xslt
video/3gpp 3gp
video/mp2t m2ts mts
video/mp4 mp4 m4v
video/mpeg mpeg mpg
video/ogg ogv ogm
video/quicktime mov qt
video/webm webm
video/x-matroska mkv
video/x-ms-wmv wmv
video/x-msvideo avi
`;

const byExtension = new Map(
  types
    .trim()
    .split("\n")
    .flatMap((line) => {
      const [type = "", ...extensions] = line.split(" ");
      const isPlainText = type.startsWith("text/") && type !== "text/html";
      const full = isPlainText ? `${type}; charset=utf-8` : type;
      return extensions.map((extension) => [extension, full] as const);
    }),
);
