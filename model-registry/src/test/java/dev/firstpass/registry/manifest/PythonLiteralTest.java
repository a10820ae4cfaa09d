package dev.firstpass.registry.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.firstpass.registry.manifest.PythonLiteral.SyntaxException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PythonLiteralTest {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /// The left side is what CPython 3 printed for `print(repr(...))`.
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {0: 'person', 1: 'bicycle'}     | {"0":"person","1":"bicycle"}
            [640, 640]                      | [640,640]
            (17, 3)                         | [17,3]
            (5,)                            | [5]
            ()                              | []
            {}                              | {}
            {'a': {'b': [(1, -2.5), None]}} | {"a":{"b":[[1,-2.5],null]}}
            [True, False, None]             | [true,false,null]
            "driver's licence"              | "driver's licence"
            'a "b" \\'c\\''                 | "a \\"b\\" 'c'"
            'tab\\t nl\\n \\\\ \\x07'       | "tab\\t nl\\n \\\\ \\u0007"
            '\\u200bL\\xf6wenzahn\\U0001f33f' | "\u200bLöwenzahn🌿"
            1e-05                           | 1.0E-5
            1e+16                           | 1.0E16
            -0.0                            | -0.0
            9223372036854775808             | 9223372036854775808
            {'args': {'batch': 1, 'half': False, 'nms': False}} | {"args":{"batch":1,"half":false,"nms":false}}
            """)
    void read_whatReprWrites_isThatValue(String literal, String json) throws SyntaxException, JsonProcessingException {
        assertEquals(
                new JsonMapper().readTree(json).toString(),
                PythonLiteral.read(literal).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{0: 'a', 0: 'b'}",
                "{0: 'a', '0': 'b'}",
                "{'a'}",
                "{[1]: 2}",
                "{None: 2}",
                "{1.5: 2}",
                "[1 2]",
                "[1,,2]",
                "[,]",
                "(1)",
                "['a' 'b']",
                "'a",
                "'a\nb'",
                "'\\q'",
                "'\\x1'",
                "'\\U00110000'",
                "'\\ud83g'",
                "f'a'",
                "b'a'",
                "007",
                "1_000",
                "0x10",
                "nan",
                "inf",
                "1e999",
                "1j",
                "true",
                "null",
                "Truely",
                "__import__('os')",
                "[1] # note",
                "[1] [2]",
                "dict(a=1)"
            })
    void read_whatReprDoesNotWrite_isRefused(String text) {
        assertThrows(SyntaxException.class, () -> PythonLiteral.read(text));
    }

    @Test
    void read_mistake_saysWhereAndWhatWasExpected() {
        SyntaxException refused = assertThrows(SyntaxException.class, () -> PythonLiteral.read("{0: 'a' 1: 'b'}"));

        assertEquals("no Python literal at character 8 (expected: ',')", refused.getMessage());
    }

    @Test
    void read_nestedTooDeep_isRefusedWithoutAStackOfCalls() throws SyntaxException {
        PythonLiteral.read("[".repeat(PythonLiteral.DEEPEST + 1) + "]".repeat(PythonLiteral.DEEPEST + 1));
        String bomb = "[".repeat(1_000_000);

        SyntaxException refused = assertThrows(SyntaxException.class, () -> PythonLiteral.read(bomb));
        assertTrue(String.valueOf(refused.getMessage()).contains("levels"));
    }

    @Property(tries = 300)
    void read_whatReprWouldWrite_givesTheValueBack(@ForAll("values") JsonNode value) throws SyntaxException {
        assertEquals(value, PythonLiteral.read(repr(value)));
    }

    @Property(tries = 1000)
    void read_anyText_isAValueOrRefused(@ForAll("nearly") String text) {
        try {
            PythonLiteral.read(text);
        } catch (SyntaxException e) {
            assertTrue(String.valueOf(e.getMessage()).startsWith("no Python literal at character "));
        }
    }

    @Provide
    Arbitrary<JsonNode> values() {
        Arbitrary<JsonNode> texts = Arbitraries.strings().ofMaxLength(12).map(NODES::textNode);
        Arbitrary<JsonNode> wholes = Arbitraries.integers().map(NODES::numberNode);
        Arbitrary<JsonNode> reals = Arbitraries.doubles().map(value -> NODES.numberNode(value.doubleValue()));
        Arbitrary<JsonNode> words = Arbitraries.of(NODES.booleanNode(true), NODES.booleanNode(false), NODES.nullNode());
        return Arbitraries.recursive(
                () -> Arbitraries.oneOf(List.of(texts, wholes, reals, words)), PythonLiteralTest::nested, 0, 3);
    }

    private static Arbitrary<JsonNode> nested(Arbitrary<JsonNode> inner) {
        Arbitrary<JsonNode> lists =
                inner.list().ofMaxSize(4).map(items -> NODES.arrayNode().addAll(items));
        Arbitrary<JsonNode> dicts = Arbitraries.maps(Arbitraries.strings().ofMaxLength(5), inner)
                .ofMaxSize(4)
                .map(entries -> NODES.objectNode().setAll(entries));
        return Arbitraries.oneOf(List.of(lists, dicts));
    }

    /// Texts of the characters that literals are made of.
    @Provide
    Arbitrary<String> nearly() {
        return Arbitraries.strings()
                .withChars("{}[]()'\"\\,: 01.eE-+xuUTrueFalsNon\n")
                .ofMaxLength(30);
    }

    private static String repr(JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY -> value.valueStream().map(PythonLiteralTest::repr).collect(Collectors.joining(", ", "[", "]"));
            case OBJECT ->
                value.propertyStream().map(PythonLiteralTest::entry).collect(Collectors.joining(", ", "{", "}"));
            case STRING -> quoted(value.textValue());
            case BOOLEAN -> value.booleanValue() ? "True" : "False";
            case NULL -> "None";
            case NUMBER -> value.asText().replace("E", "e");
            case BINARY, MISSING, POJO -> throw new IllegalArgumentException(value.toString());
        };
    }

    private static String entry(Map.Entry<String, JsonNode> entry) {
        return quoted(entry.getKey()) + ": " + repr(entry.getValue());
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("'");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\\', '\'' -> quoted.append('\\').append(c);
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                default -> {
                    if (c < ' ' || c == 127) {
                        quoted.append(String.format("\\x%02x", (int) c));
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        return quoted.append('\'').toString();
    }
}
