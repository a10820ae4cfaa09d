package dev.firstpass.postprocess.format;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/// XML of people's files, read as a stream that goes to no other file, expands nothing and prints nothing: bytes are turned into
/// letters here, since the JDK's reader prints of those that are none in their encoding, beside throwing.
///
/// Pure functions, but for the streams.
final class XmlIn {
    /// Bytes in which the encoding is said.
    private static final int HEAD = 200;

    private static final Pattern ENCODING =
            Pattern.compile("^(?:\u00EF\u00BB\u00BF)?<\\?xml[^>]*\\sencoding\\s*=\\s*[\"']([A-Za-z0-9._-]+)");

    private XmlIn() {}

    /// In the encoding that the file says, or its byte-order mark, else UTF-8.
    ///
    /// @param in closed by who opened it
    static XMLStreamReader open(InputStream in) throws IOException, XMLStreamException {
        BufferedInputStream buffered = new BufferedInputStream(in);
        return open(buffered, encoding(buffered));
    }

    /// @param in without a byte-order mark, or one in UTF-8
    static XMLStreamReader open(InputStream in, Charset encoding) throws IOException, XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
        BufferedInputStream buffered = new BufferedInputStream(in);
        buffered.mark(3);
        byte[] mark = buffered.readNBytes(3);
        boolean isMarked =
                mark.length == 3 && mark[0] == (byte) 0xEF && mark[1] == (byte) 0xBB && mark[2] == (byte) 0xBF;
        if (!isMarked) {
            buffered.reset();
        }
        // A decoder by itself refuses what it cannot read, one by name replaces it.
        return factory.createXMLStreamReader(new InputStreamReader(buffered, encoding.newDecoder()));
    }

    /// Of a stream at its beginning, where it is left.
    ///
    /// @throws XMLStreamException if nobody knows the encoding that is said
    static Charset encoding(BufferedInputStream in) throws IOException, XMLStreamException {
        in.mark(HEAD);
        String head = new String(in.readNBytes(HEAD), StandardCharsets.ISO_8859_1);
        in.reset();
        if (head.startsWith("\u00FE\u00FF") || head.startsWith("\u00FF\u00FE")) {
            return StandardCharsets.UTF_16;
        }
        Matcher said = ENCODING.matcher(head);
        try {
            return said.find() ? Charset.forName(said.group(1)) : StandardCharsets.UTF_8;
        } catch (IllegalArgumentException e) {
            throw new XMLStreamException("no encoding: " + said.group(1), e);
        }
    }
}
