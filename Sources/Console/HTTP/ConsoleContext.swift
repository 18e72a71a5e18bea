import Hummingbird

/// What a request carries through the middleware to its handler.
struct ConsoleContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The caller's IP address, for rate limits; empty where the channel has none.
    let address: String
    /// Who calls; nil for the public.
    var session: Session?
    /// The language of the pages.
    var language = Language.japanese
    /// The token of the session's cookie, for signing out.
    var sessionToken: String?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? ""
    }

    var maxUploadSize: Int { ConsoleLimits.bodyByteCount }
}
