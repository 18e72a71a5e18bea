import Hummingbird

/// Style, scripts and the icon, all from this machine.
struct AssetRoutes {
    let parts: ConsoleParts

    func add(to router: Router<ConsoleContext>) {
        let embedded: [(path: RouterPath, type: String, bytes: [UInt8])] = [
            ("/assets/console.css", "text/css; charset=utf-8", PackageResources.console_css),
            (
                "/assets/hydrograph.js", "text/javascript; charset=utf-8",
                PackageResources.hydrograph_js
            ),
            ("/assets/copy.js", "text/javascript; charset=utf-8", PackageResources.copy_js),
            ("/assets/lines.js", "text/javascript; charset=utf-8", PackageResources.lines_js),
            ("/assets/icon.svg", "image/svg+xml", PackageResources.icon_svg),
            ("/favicon.ico", "image/svg+xml", PackageResources.icon_svg),
        ]
        for asset in embedded {
            router.get(asset.path) { _, _ in cached(asset.bytes, asset.type) }
        }
        router.get("/assets/dygraphs/:name") { _, context in
            let name = context.parameters.get("name")
            guard let file = parts.dygraphs.files.first(where: { $0.name == name }) else {
                throw Problem.notFound("Install Debian's libjs-dygraphs and restart the gateway.")
            }
            return cached(file.bytes, file.contentType)
        }
    }

    private func cached(_ bytes: [UInt8], _ contentType: String) -> Response {
        var response = Response.bytes(bytes, contentType: contentType)
        response.headers[.cacheControl] = "public, max-age=300"
        return response
    }
}
