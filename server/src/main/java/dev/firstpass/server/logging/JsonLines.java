package dev.firstpass.server.logging;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Map;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;

/// One JSON object a line: `time`, `level`, `logger`, `thread`, `message`, the event's fields, `leftOut` and `exception`,
/// those that there are.
///
/// Thread-safe.
final class JsonLines implements LineForm {
    private static final int MOST_TRACE_CHARS = 16_384;
    private static final JsonFactory JSON = new JsonFactory();
    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

    private final SimpleFormatter messages = new SimpleFormatter();

    @Override
    public String line(LogRecord event, Map<String, String> fields, long leftOut) {
        StringWriter line = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(line)) {
            json.writeStartObject();
            json.writeStringField("time", TIME.format(event.getInstant()));
            json.writeStringField("level", LineForm.level(event.getLevel()));
            json.writeStringField("logger", String.valueOf(event.getLoggerName()));
            json.writeStringField("thread", Thread.currentThread().getName());
            json.writeStringField("message", messages.formatMessage(event));
            for (Map.Entry<String, String> field : fields.entrySet()) {
                json.writeStringField(field.getKey(), field.getValue());
            }
            if (leftOut > 0) {
                json.writeNumberField("leftOut", leftOut);
            }
            if (event.getThrown() != null) {
                String trace = LineForm.stackTrace(event.getThrown());
                json.writeStringField(
                        "exception",
                        trace.length() <= MOST_TRACE_CHARS ? trace : trace.substring(0, MOST_TRACE_CHARS) + "...");
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return line.append('\n').toString();
    }
}
