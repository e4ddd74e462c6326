module schloss.test/contract

go 1.25.0
