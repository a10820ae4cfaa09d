package dev.firstpass.server.asset;

import java.util.Set;

/// Images on web servers.
///
/// Thread-safe.
final class WebSource implements AssetSource {
    private final WebAssets web;

    WebSource(WebAssets web) {
        this.web = web;
    }

    @Override
    public Set<String> schemes() {
        return Set.of("http", "https");
    }

    @Override
    public byte[] get(String uri, Asking asking) throws InterruptedException {
        return web.get(web.parse(uri), asking.carried(), asking.deadline());
    }
}
